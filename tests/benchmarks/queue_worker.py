"""Does jobs in batches, with their effects in one transaction: `python -m tests.benchmarks.queue_worker WHERE`."""

import sys

import sqlalchemy as sa

from nexus_admin.brokers.queue import DurableQueue
from nexus_admin.brokers.queue.protocol import Job
from nexus_admin.domain.errors import Refused
from nexus_admin.state.engine import State

KEY = b"k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga"
EFFECT = sa.text("INSERT INTO crash_effect (job) VALUES (:job)")


def do(queue: DurableQueue, state: State, jobs: list[Job]) -> None:
    def work(connection: sa.Connection) -> None:
        connection.execute(EFFECT, [{"job": job.id} for job in jobs])
        queue.ack(*jobs, tx=connection)

    try:
        state.write(work)
    except Refused:
        print("late", flush=True)


def main(where: str) -> None:
    """Work until there is nothing left."""
    with State.open(where, key=KEY) as state:
        queue = DurableQueue(state)
        print("ready", flush=True)
        while jobs := queue.pop("q", n=500, lease=3, wait=8):
            do(queue, state, jobs)
        queue.close()


if __name__ == "__main__":
    main(sys.argv[1])
