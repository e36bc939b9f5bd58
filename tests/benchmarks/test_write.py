"""What audit, an event and a job add to a write: of a row in a SQLite source, and of our own state; printed.

Each step has what the one before it has. The first is the statement alone, the second an action without its ledger.
CPU is of all threads of this process, so what is written later in batches is counted too; what they take while nothing
happens is taken off, for on a slow disk that is much. Projections are made of the events; no job is run. The actions
on rows are taken for the house's, whose entries are written together with what they intend: a plugin's may do anything
before, so its entry is written first, by one more commit.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.stream import Stream
from nexus_admin.domain.action import Call
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.world import kernel_of, owner_of, plugin

pytestmark = pytest.mark.benchmark

COUNT, ROUNDS = 100, 4
WRITERS, WRITES = (1, 8, 64), 512
Without = Callable[[Kernel], AbstractContextManager[None]]
PLUGIN = """
from time import time

import sqlalchemy as sa

from nexus_admin.sdk import Action, Nothing, hookimpl, job

@job("bench.tell", title="Tell", queue="held")
def tell(job, data):
    return None

def write(unit, data):
    unit.rows().update(text=str(time()))

def write_and_tell(unit, data):
    unit.rows().update(text=str(time()))
    unit.emit("bench.written", text=str(time()))

def write_tell_and_push(unit, data):
    write_and_tell(unit, data)
    unit.enqueue("bench.tell")

INSERT = sa.text("insert into bench_note (text) values (:text)")

def keep(unit, data):
    unit.connection.execute(INSERT, {"text": str(time())})

def keep_and_tell(unit, data):
    keep(unit, data)
    unit.emit("bench.written", text=str(time()))

def keep_tell_and_push(unit, data):
    keep_and_tell(unit, data)
    unit.enqueue("bench.tell")

@hookimpl
def nexus_jobs():
    return [tell]

@hookimpl
def nexus_actions():
    said = ((write, "Write"), (write_and_tell, "Write and tell"), (write_tell_and_push, "Write, tell and push"))
    kept = ((keep, "Keep"), (keep_and_tell, "Keep and tell"), (keep_tell_and_push, "Keep, tell and push"))
    return [
        *(Action(f"bench.{one.__name__}", Nothing, one, title, resource="notes") for one, title in said),
        *(Action(f"bench.{one.__name__}", Nothing, one, title, transaction=False) for one, title in kept),
    ]
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    url = f"sqlite:///{tmp_path}/data.db"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table notes (id integer primary key, text varchar(40) not null)"))
        connection.execute(sa.text("insert into notes (id, text) values (1, '')"))
    engine.dispose()
    plugin(tmp_path, "bench", PLUGIN)
    one = kernel_of(tmp_path, urls=(("data", url),), allow_writes=True)
    with patch("nexus_admin.actions.dispatcher.Dispatcher._notes_first", lambda *_: True):
        assert one.crew.worker is not None
        one.crew.worker.stop(0)  # what is pushed is not run: that is no cost of the write
        yield one
    one.stop()


@contextmanager
def unaudited(kernel: Kernel) -> Iterator[None]:
    """Let nothing be written into the ledger: for measuring alone, by means that only a test has."""
    ledger = kernel.ledger
    with (
        patch.object(ledger, "open", lambda *_, **__: "none"),
        patch.object(ledger, "intend", lambda *_, **__: None),
        patch.object(ledger, "close", lambda *_, **__: None),
        patch.object(ledger, "open_within", lambda *_, **__: "none"),
        patch.object(ledger, "close_within", lambda *_, **__: None),
    ):
        yield


@contextmanager
def untold(kernel: Kernel) -> Iterator[None]:
    """Let no event come into the stream."""
    ledger = kernel.ledger
    with patch.object(ledger, "outbox", type(ledger.outbox)()):
        yield


def test_what_audit_event_and_job_add_to_a_write(kernel: Kernel, tmp_path: Path) -> None:
    """Over two databases: beside the entry, what is intended is noted before the row is committed."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/data.db")
    update = sa.text("update notes set text = :text where id = 1")

    def bare() -> None:
        with engine.begin() as connection:
            connection.execute(update, {"text": str(time.time())})

    measure(kernel, Target("data", "notes", "1"), bare, ("write", "write_and_tell", "write_tell_and_push"))


@pytest.mark.parametrize("writers", WRITERS)
def test_what_they_add_where_all_is_one_transaction_of_our_own_state(kernel: Kernel, writers: int) -> None:
    """The goal: together below 400 us."""
    insert = sa.text("insert into bench_note (text) values (:text)")
    create = sa.text("create table bench_note (id integer primary key, text text)")
    kernel.state.write(lambda connection: connection.execute(create))

    def bare() -> None:
        kernel.state.write(lambda connection: connection.execute(insert, {"text": str(time.time())}))

    print(f"\n  {writers} at once")
    measure(kernel, Target("nexus"), bare, ("keep", "keep_and_tell", "keep_tell_and_push"), writers)


def measure(
    kernel: Kernel, target: Target, bare: Callable[[], None], actions: tuple[str, str, str], writers: int = 0
) -> None:
    """Print what each step costs.

    Args:
        bare: The statement alone.
        actions: What does it, what also tells of it, and what also pushes a job.
        writers: As for `cost_of`.
    """
    actor = owner_of(kernel)

    def act(name: str) -> Callable[[], None]:
        return lambda: kernel.perform(Call(f"bench.{name}", target, {}, actor))

    only, tells, pushes = actions
    steps: dict[str, tuple[Callable[[], object], Sequence[Without]]] = {
        "the statement alone": (bare, []),
        "an action, without ledger and event": (act(only), [untold, unaudited]),
        "and its entry in the ledger": (act(only), [untold]),
        "and an event": (act(tells), []),
        "and a job": (act(pushes), []),
    }
    idle = idling()
    costs = dict.fromkeys(steps, (9.0, 9.0))
    for _ in range(ROUNDS):
        for name, (work, without) in steps.items():
            costs[name] = min_of(costs[name], cost_of(kernel, work, without, idle, writers))
    report(costs)
    assert kernel.services.get(Stream).read("house", types=["bench.written"])  # type: ignore[type-abstract]
    assert len(kernel.crew.queue.jobs("held", limit=COUNT)) == COUNT


def cost_of(
    kernel: Kernel, work: Callable[[], object], without: Sequence[Without], idle: float, writers: int = 0
) -> tuple[float, float]:
    """Return the seconds of CPU and of the clock that one *work* takes, with all that it leaves to be written later.

    Args:
        writers: Threads that do it at the same time; 0 for this one.
    """
    if without:
        with without[0](kernel):
            return cost_of(kernel, work, without[1:], idle, writers)
    work()
    kernel.state.flush()
    count = WRITES if writers else COUNT
    cpu, wall = time.process_time(), time.perf_counter()
    if writers:
        with ThreadPoolExecutor(writers) as pool:
            for done in [pool.submit(work) for _ in range(count)]:
                done.result()
    else:
        for _ in range(count):
            work()
    kernel.state.flush()
    wall = time.perf_counter() - wall
    return (time.process_time() - cpu - idle * wall) / count, wall / count


def idling() -> float:
    """Return the share of a core that this process takes while it is asked for nothing."""
    time.sleep(2)
    cpu, wall = time.process_time(), time.perf_counter()
    time.sleep(2)
    share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    print(f"\n  idle: {share:.1%} of a core")
    return share


def min_of(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return min(one[0], other[0]), min(one[1], other[1])


def report(costs: dict[str, tuple[float, float]]) -> None:
    before = (0.0, 0.0)
    print()
    for name, (cpu, wall) in costs.items():
        print(
            f"  {name:40} {cpu * 1e6:8.0f} us of CPU ({(cpu - before[0]) * 1e6:+6.0f}) "
            f"{wall * 1e6:8.0f} us in all ({(wall - before[1]) * 1e6:+6.0f})"
        )
        before = cpu, wall
    (cpu, wall), (least, least_wall) = costs["and a job"], costs["an action, without ledger and event"]
    print(f"  audit, event and job add {(cpu - least) * 1e6:.0f} us of CPU, {(wall - least_wall) * 1e6:.0f} us in all")
