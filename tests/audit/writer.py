"""Writes into a ledger from eight threads, says what was acknowledged, and goes on until it is killed."""

import os
import sys
import threading

from nexus_admin.audit.ledger import Ledger
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import Change
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State

THREADS = 8


def write(ledger: Ledger, number: int) -> None:
    changes = [Change("shop", "orders", f"{number}-{n}", {"id": n, "n": 1}, {"id": n, "n": 2}) for n in range(2)]
    while True:
        entry = ledger.open(Call("rows.update", Target("shop", "orders"), {}, Actor(f"user:{number}")))
        os.write(1, f"opened {entry}\n".encode())
        ledger.intend(entry, changes)
        ledger.note(Call("row.list", Target("shop", "orders"), {}, Actor(f"user:{number}")))
        ledger.close(entry, "done", changes=changes)
        os.write(1, f"closed {entry}\n".encode())


if __name__ == "__main__":
    kept = Ledger(State.open(sys.argv[1]))
    threads = [threading.Thread(target=write, args=(kept, number)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
