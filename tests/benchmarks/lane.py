"""How many durable writes a second our state takes. Run: `python -m tests.benchmarks.lane [path or postgresql://…]`.

Prints, for 1 and 64 producers, plain writes, audited changes (entry opened, intent kept,
entry closed with one change) and the gain of many producers over one.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from nexus_admin.audit.ledger import Ledger
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import Change
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State
from nexus_admin.state.tables.settings import setting

SECONDS = float(os.environ.get("NEXUS_BENCH_SECONDS", "3"))
CALL = Call("row.update", Target("shop", "orders", "7"), {"values": {"status": "paid"}}, Actor("user:ada", name="Ada"))
CHANGE = Change("shop", "orders", "7", {"id": 7, "status": "new"}, {"id": 7, "status": "paid"}, "Order 7")


def rate(producers: int, once: Callable[[str], None]) -> float:
    """Return how often *once* ended in a second with that many threads calling it."""
    done = [0] * producers
    until = time.perf_counter() + SECONDS

    def produce(number: int) -> None:
        while time.perf_counter() < until:
            once(f"{producers}-{number}-{done[number]}")
            done[number] += 1

    start = time.perf_counter()
    threads = [threading.Thread(target=produce, args=(number,)) for number in range(producers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - start)


def main(address: str) -> None:
    with State.open(address, key=os.urandom(48).hex().encode()) as state:
        ledger = Ledger(state)
        at = datetime.now(UTC)

        def plain(key: str) -> None:
            state.write(lambda c: c.execute(setting.insert().values(key=kind + key, value=1, set_by="", at=at)))

        def audited(_key: str) -> None:
            entry = ledger.open(CALL)
            ledger.intend(entry, [CHANGE])
            ledger.close(entry, "done", changes=[CHANGE])

        print(f"{state.dialect}, {SECONDS:.0f} s each")
        for name, once in (("durable writes", plain), ("audited changes", audited)):
            kind = f"{time.time()}-"
            one, many = rate(1, once), rate(64, once)
            print(f"{name:16}  1 producer {one:8,.0f}/s   64 producers {many:8,.0f}/s   gain {many / one:5.1f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1] if len(sys.argv) > 1 else str(Path(folder) / "bench.sqlite"))
