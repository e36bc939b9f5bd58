"""Does one kind of work on a queue until it is killed: `python -m tests.brokers.queue.crash_child WHERE KIND SEED`.

It says on its output what was acknowledged to it, after it was.
"""

import random
import sys
import threading

import sqlalchemy as sa

from nexus_admin.brokers.queue import DurableQueue, Job
from nexus_admin.domain.errors import Refused
from nexus_admin.state.engine import State
from tests.brokers.queue.engines import KEY

THREADS = 4
LONG = 3600.0
EFFECT = sa.text("INSERT INTO crash_effect (job) VALUES (:job)")


def say(*words: object) -> None:
    """Say a line at once, whole."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def push(queue: DurableQueue, _state: State, dice: random.Random) -> None:
    if dice.random() < 0.5:
        say("pushed", queue.push("q", "x" * dice.randrange(2000)))
    else:
        say("pushed", *queue.push_many("q", ["y"] * dice.randrange(1, 20), delay=dice.choice([0, 0.01])))


def push_in(queue: DurableQueue, state: State, dice: random.Random) -> None:
    """Push with a row of its own, both or neither."""

    def work(connection: sa.Connection) -> str:
        id = queue.push("q", "tx", tx=connection)
        connection.execute(EFFECT, {"job": id})
        if dice.random() < 0.3:
            raise LookupError
        return id

    try:
        say("pushed", state.write(work))
    except LookupError:
        return


def pop(queue: DurableQueue, _state: State, dice: random.Random) -> None:
    push(queue, _state, dice)
    queue.pop("q", n=dice.randrange(1, 10), lease=0.3)


def ack(queue: DurableQueue, state: State, dice: random.Random) -> None:
    push(queue, state, dice)
    jobs = queue.pop("q", n=dice.randrange(1, 10), lease=1.0)
    if jobs and queue.ack(*jobs) == len(jobs):
        say("acked", *(job.id for job in jobs))


def ack_in(queue: DurableQueue, state: State, dice: random.Random) -> None:
    """Do the work and acknowledge it, both or neither."""
    push(queue, state, dice)
    for job in queue.pop("q", n=dice.randrange(1, 4), lease=0.2):
        done_within(queue, state, job)


def done_within(queue: DurableQueue, state: State, job: Job) -> None:
    def work(connection: sa.Connection) -> None:
        connection.execute(EFFECT, {"job": job.id})
        queue.ack(job, tx=connection)

    try:
        state.write(work)
    except Refused:
        return
    say("acked", job.id)


def nack(queue: DurableQueue, state: State, dice: random.Random) -> None:
    push(queue, state, dice)
    for job in queue.pop("q", n=dice.randrange(1, 10), lease=0.3):
        if queue.nack(job, "no", retry_in=dice.choice([0, 0.02]), dead=dice.random() < 0.2) == "dead":
            say("dead", job.id)


def extend(queue: DurableQueue, state: State, dice: random.Random) -> None:
    """Hold for long what was taken for a moment, and acknowledge some of it."""
    push(queue, state, dice)
    for job in queue.pop("q", n=dice.randrange(1, 5), lease=2.0):
        if queue.extend(job, LONG, progress={"at": 1}):
            say("held", job.id)
            if dice.random() < 0.5 and queue.ack(job):
                say("acked", job.id)


def tick(queue: DurableQueue, _state: State, dice: random.Random) -> None:
    """Wait for what comes due all the time: delays that end, and leases."""
    say("pushed", *queue.push_many("q", ["z"] * dice.randrange(1, 9), delay=dice.choice([0.005, 0.03])))
    for job in queue.pop("q", n=dice.randrange(1, 9), lease=0.05, wait=0.05):
        if dice.random() < 0.5 and queue.ack(job):
            say("acked", job.id)


KINDS = {
    "push": push, "push_in": push_in, "pop": pop, "ack": ack, "ack_in": ack_in, "nack": nack, "extend": extend,
    "tick": tick,
}  # fmt: skip


def main(where: str, kind: str, seed: str) -> None:
    """Work with several threads at once, and never end."""
    with State.open(where, key=KEY) as state:
        queue = DurableQueue(state)

        def work(thread: int) -> None:
            dice = random.Random(f"{seed} {thread}")
            while True:
                KINDS[kind](queue, state, dice)

        for thread in range(THREADS):
            threading.Thread(target=work, args=(thread,), daemon=True).start()
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
