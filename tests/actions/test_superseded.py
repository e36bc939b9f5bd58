"""A read that another one takes the place of is stopped in the database, not only forgotten."""

import sqlite3
import threading
import time
from pathlib import Path

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NexusError, SourceTimeout
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options

SYSTEM = Actor.system("test")
NODES = Target("tree", "nodes")


def list_nodes(filter_: str, lane: str) -> Call:
    return Call("row.list", NODES, {"filter": filter_}, SYSTEM, lane=lane)


def test_a_later_read_of_the_same_lane_stops_the_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "tree.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("create table nodes (id integer primary key, up integer references nodes (id))")
        connection.executemany("insert into nodes values (?, ?)", [(at, max(1, at - 1)) for at in range(1, 40_001)])
    kernel = Kernel(Options(urls=(("tree", str(path)),), state=str(tmp_path / "nexus.db"), environ={}))
    kernel.start()
    try:
        (many,) = [one.name for one in kernel.sources.get("tree").schema.resource("nodes").relations if one.many]
        ended: list[NexusError | None] = []

        def slow() -> None:
            try:
                kernel.perform(list_nodes(f"{many}.any({many}.count:>7)", "window-1"))
                ended.append(None)
            except NexusError as error:
                ended.append(error)

        thread = threading.Thread(target=slow)
        thread.start()
        while not kernel.sources.get("tree").stats().reading:
            time.sleep(0.01)
        kernel.perform(list_nodes("id:1", "window-2"))
        assert thread.is_alive()
        while thread.is_alive():
            assert kernel.perform(list_nodes("id:1", "window-1")).page.keys == ["1"]
            thread.join(0.2)
        assert isinstance(ended[0], SourceTimeout)
    finally:
        kernel.stop()
