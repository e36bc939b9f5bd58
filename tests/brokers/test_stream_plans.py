"""How PostgreSQL goes about a long stream that it has no statistics of."""

from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream import DurableStream, Position
from nexus_admin.state.engine import State
from tests.state.conftest import KEY


def test_a_page_of_a_long_stream_is_read_by_the_index_also_before_there_are_statistics(new_postgres_url: str) -> None:
    """PostgreSQL takes a table without statistics for a short one, and would sort all of it for each page."""
    with State.open(new_postgres_url, key=KEY) as state:
        look(state)


def look(state: State) -> None:
    fill = """INSERT INTO stream_event (xid, seq, id, stream, slot, type, at, data, content_type)
    SELECT 700 + n / 1000, n, lpad(n::text, 26, '0'), 'long', n, 't', n, '1', 'application/json'
    FROM generate_series(1, 20000) n"""
    state.write(lambda tx: tx.exec_driver_sql("ALTER TABLE stream_event SET (autovacuum_enabled = false)"))
    state.write(lambda tx: tx.exec_driver_sql(fill))
    asked: list[tuple[str, Any]] = []

    def plans(connection: sa.Connection) -> list[str]:
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        return [
            "\n".join(connection.exec_driver_sql(f"EXPLAIN {text}", given).scalars())
            for text, given in asked
            if text.lstrip().startswith("SELECT") and "FROM stream_event" in text
        ]

    def heard(_c: Any, _cursor: Any, text: str, given: Any, _context: Any, _many: bool) -> None:
        asked.append((text, given))

    sa.event.listen(state._reading, "before_cursor_execute", heard)
    stream = DurableStream(state)
    try:
        assert len(stream.read("long")) == len(stream.read("long", after=Position(705, 5500))) == 1000
        stream.group("long", "g", lanes=3)
        stream.groups("long")
        stream.fetch("long", "g")
    finally:
        sa.event.remove(state._reading, "before_cursor_execute", heard)
        stream.close()
    assert ("SET LOCAL enable_bitmapscan = off", ()) in [(text, tuple(given or ())) for text, given in asked]
    found = state.read(plans)
    assert len(found) >= 5
    assert [one for one in found if "Sort" in one or "Index" not in one] == []
    assert state.read(lambda connection: connection.exec_driver_sql("SHOW jit").scalar_one()) == "off"
