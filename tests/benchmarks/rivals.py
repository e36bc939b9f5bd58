"""The servers that the durable queue is set beside: started for the run, with the settings that are printed."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Absent(Exception):
    """The server or its client is not installed."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def started(command: list[str], port: int) -> Iterator[None]:
    """Run a server until the block ends."""
    if shutil.which(command[0]) is None:
        raise Absent(f"{command[0]} is not installed.")
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > until:
                    raise Absent(f"{command[0]} does not answer.") from None
                time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait(15)


@contextmanager
def redis_streams(folder: Path, fsync: str) -> Iterator[Any]:
    """Give a client of a Redis that appends to a file, synced as *fsync* says."""
    try:
        import redis
    except ImportError as error:
        raise Absent(str(error)) from None
    port = free_port()
    command = ["redis-server", "--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "yes"]
    with started([*command, "--appendfsync", fsync], port):
        client = redis.Redis(port=port, max_connections=200)
        client.xgroup_create("q", "workers", id="0", mkstream=True)
        try:
            yield client
        finally:
            client.close()


async def jetstream(folder: Path, jobs: int, batch: int) -> tuple[float, float]:
    """Publish *jobs* with 64 in flight, each acknowledged, then fetch and acknowledge them; return both in seconds."""
    try:
        import nats
    except ImportError as error:
        raise Absent(str(error)) from None
    port = free_port()
    with started(["nats-server", "-js", "-sd", str(folder), "-a", "127.0.0.1", "-p", str(port)], port):
        client = await nats.connect(f"nats://127.0.0.1:{port}")
        stream = client.jetstream()
        await stream.add_stream(name="q", subjects=["q"])
        start = time.perf_counter()

        async def publish(number: int) -> None:
            for _ in range(number):
                await stream.publish("q", b"x" * 200)

        await asyncio.gather(*(publish(jobs // 64) for _ in range(64)))
        pushed = time.perf_counter() - start
        taker = await stream.pull_subscribe("q", "workers")
        start, done = time.perf_counter(), 0
        while done < jobs // 64 * 64:
            for message in await taker.fetch(batch, timeout=5):
                await message.ack()
                done += 1
        took = time.perf_counter() - start
        await client.close()
    return pushed, took
