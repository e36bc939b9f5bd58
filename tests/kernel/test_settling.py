"""kill -9 while rows are written: afterwards the ledger and the data tell the same story, entry by entry."""

import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.audit.chain import verify
from nexus_admin.audit.outbox import HOUSE
from nexus_admin.audit.query import AuditQuery
from nexus_admin.brokers.stream import BEGIN, Stream
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import AuditEntry
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.world import kernel_of, plugin

ROUNDS = 10
ROOT = Path(__file__).parent.parent.parent
TABLE = "create table notes (id integer primary key, text varchar(40) not null)"


@pytest.fixture(params=["sqlite", "postgres"])
def data_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/data.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(TABLE))
    engine.dispose()
    return url


def written_until_killed(folder: Path, url: str, seed: int) -> int:
    """Let a process write, kill it somewhere in the middle of it, and return how many writes it told of."""
    return len(told_until_killed(folder, url, seed))


def told_until_killed(folder: Path, url: str, seed: int, child_of: str = "crash_child") -> list[str]:
    """As `written_until_killed`; return what it told."""
    command = [sys.executable, "-m", f"tests.kernel.{child_of}", str(folder), url, str(seed)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    dice = random.Random(seed)
    told = [child.stdout.readline() for _ in range(2 + dice.randrange(8))]
    time.sleep(dice.uniform(0.0, 0.25))
    child.kill()
    rest, complaints = child.communicate()
    assert all(told), complaints
    return [one.strip() for one in (*told, *rest.splitlines())]


def replayed(kernel: Kernel) -> dict[str, str]:
    """Return the rows as the ledger's finished entries made them, in the order of its chain."""
    rows: dict[str, str] = {}
    entries = list(kernel.ledger.export(AuditQuery(sources=("data",))))
    for entry in sorted(entries, key=lambda one: one.at):
        for change in entry.changes if entry.outcome == "done" else ():
            if change.after is None:
                del rows[change.key]
            else:
                rows[change.key] = change.after["text"]
    return rows


def told_of(kernel: Kernel) -> list[str]:
    """Return the entries that the events of the house belong to."""
    kernel.state.flush()
    stream, found = kernel.services.get(Stream), []  # type: ignore[type-abstract]
    after = BEGIN
    while page := stream.read(HOUSE, after=after, limit=10_000):
        after = page[-1].position
        found += [str(event.note["entry"]) for event in page]
    return found


def stored(url: str) -> dict[str, str]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found: list[Any] = connection.execute(sa.text("select id, text from notes")).all()  # type: ignore[assignment]
    engine.dispose()
    return {str(key): text for key, text in found}


@pytest.mark.req("S004-BUS-06")
def test_after_every_kill_the_ledger_tells_what_is_in_the_data(data_url: str, tmp_path: Path) -> None:
    told = 0
    for round_ in range(ROUNDS):
        told += written_until_killed(tmp_path, data_url, round_)
        kernel = kernel_of(tmp_path, urls=(("data", data_url),), allow_writes=True)
        unsettled = AuditQuery(sources=("data",), outcomes=("open",))
        assert list(kernel.ledger.export(unsettled)) == []
        assert replayed(kernel) == stored(data_url)
        assert verify(kernel.state).ok
        entries = kernel.ledger.export(AuditQuery(sources=("data",)))
        assert sorted(told_of(kernel)) == sorted(one.id for one in entries if one.outcome == "done" and one.changes)
        kernel.stop()
    assert told > ROUNDS


def left_by(entries: list[AuditEntry]) -> Counter[tuple[str, str]]:
    """Return the rows that finished entries leave, in whatever order several wrote one row: what each made, less
    what each found."""
    left: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for change in entry.changes if entry.outcome == "done" else ():
            for row, count in ((change.before, -1), (change.after, 1)):
                if row is not None:
                    left[change.key, row["text"]] += count
    return Counter({row: count for row, count in left.items() if count})


def test_what_was_taken_back_among_other_writes_stays_so_whenever_it_was_killed(data_url: str, tmp_path: Path) -> None:
    undone: set[str] = set()
    for round_ in range(ROUNDS // 2):
        told = told_until_killed(tmp_path, data_url, round_, "undo_child")
        undone |= set(re.findall(r"undone (\w{26})", " ".join(told)))
        kernel = kernel_of(tmp_path, urls=(("data", data_url),), allow_writes=True)
        entries = list(kernel.ledger.export(AuditQuery(sources=("data",))))
        assert [one.id for one in entries if one.outcome == "open"] == []
        assert left_by(entries) == Counter(dict.fromkeys(stored(data_url).items(), 1))
        assert verify(kernel.state).ok
        assert undone <= {one.undoes for one in entries if one.action == "change.undo" and one.outcome == "done"}
        kernel.stop()
    assert undone


PAY = """
from pydantic import BaseModel
from nexus_admin.sdk import Action, hookimpl

@hookimpl
def nexus_actions():
    return [Action("pay.out", BaseModel, lambda unit, data: None, "Pay out", on="row")]
"""


def cut_off(folder: Path, url: str, action: str) -> str:
    """Leave an entry open as a process does that dies before it noted anything; return how it was settled."""
    kernel = kernel_of(folder, urls=(("data", url),), allow_writes=True)
    entry = kernel.ledger.open(Call(action, Target("data", "notes", "1"), {}, Actor.system("test")))
    kernel.stop()
    kernel = kernel_of(folder, urls=(("data", url),), allow_writes=True)
    outcome = kernel.ledger.get(entry).outcome
    kernel.stop()
    return outcome


def test_a_write_that_noted_nothing_did_not_happen(data_url: str, tmp_path: Path) -> None:
    plugin(tmp_path, "pay", PAY)
    assert cut_off(tmp_path, data_url, "row.update") == "failed"
    assert cut_off(tmp_path, data_url, "pay.out") == "unknown"  # who knows what an extension asked of others
    assert cut_off(tmp_path, data_url, "rows.export") == "unknown"  # it may have been read


def test_tables_without_transactions_prove_nothing(new_mariadb_url: str, tmp_path: Path) -> None:
    engine = sa.create_engine(new_mariadb_url)
    with engine.begin() as connection:
        connection.execute(sa.text(TABLE))
    assert cut_off(tmp_path, new_mariadb_url, "row.update") == "failed"
    with engine.begin() as connection:
        connection.execute(sa.text("create table loose (id integer primary key) engine = MyISAM"))
    assert cut_off(tmp_path, new_mariadb_url, "row.update") == "unknown"
    engine.dispose()
