"""What happens to parts of exports while others write them: purging leaves none, and a change of keys passes over."""

from __future__ import annotations

import threading
from typing import Any

import sqlalchemy as sa

from nexus_admin.actions.exports import records
from nexus_admin.actions.exports.parts import context_of
from nexus_admin.state.engine import State
from nexus_admin.state.sealed import reseal
from nexus_admin.state.tables.exports import export, export_part
from nexus_admin.state.vault import Vault
from tests.waiting import until

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
OTHER = b"another-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga"


def asked(state: State, id: str) -> dict[str, Any]:
    sealed = state.vault.seal(b"{}", f"export:{id}")
    return {"id": id, "owner": "user:1", "source": "shop", "resource": "orders", "title": "Orders", "asked": sealed}


def begun(state: State, id: str) -> None:
    """Ask for an export of the shop, and begin to write it."""
    state.write(lambda connection: records.ask(connection, asked(state, id)))
    assert state.write(lambda connection: records.begin(connection, id)) == 1


def add(state: State, connection: sa.Connection, id: str, number: int) -> bool:
    sealed = state.vault.seal(b"rows", context_of(records.part_id(id, 1, number)))
    return records.add_part(connection, id, 1, number, sealed)


def parts(state: State) -> int:
    count = sa.select(sa.func.count()).select_from(export_part)
    return int(state.read(lambda connection: connection.execute(count).scalar_one()))


def test_a_part_that_is_written_while_a_source_is_purged_goes_too(new_postgres_url: str) -> None:
    with State.open(new_postgres_url, key=OTHER) as state:
        begun(state, "one")
        assert state.write(lambda connection: add(state, connection, "one", 0))
        gone: list[int] = []
        purging = threading.Thread(
            target=lambda: gone.append(state.write(lambda connection: records.purge(connection, "shop")))
        )
        engine = sa.create_engine(new_postgres_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            assert add(state, connection, "one", 1)
            purging.start()
            with engine.connect() as other:
                until(lambda: other.exec_driver_sql(WAITS).scalar(), "the purge waiting for the part")
        purging.join()
        assert gone == [1]
        assert parts(state) == 0
        assert not state.write(lambda connection: add(state, connection, "one", 2))


def test_two_that_are_asked_for_at_once_are_counted_one_after_the_other(new_postgres_url: str) -> None:
    with State.open(new_postgres_url, key=OTHER) as state:
        begun(state, "one")
        counted: list[int] = []
        asking = threading.Thread(
            target=lambda: counted.append(state.write(lambda connection: records.held(connection, "user:1")))
        )
        engine = sa.create_engine(new_postgres_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            assert records.held(connection, "user:1") == 1
            assert state.write(lambda connection: records.held(connection, "user:2")) == 0
            asking.start()
            with engine.connect() as other:
                until(lambda: counted or other.exec_driver_sql(WAITS).scalar(), "the second one")
            records.ask(connection, asked(state, "two"))
        asking.join()
        assert counted == [2]


def test_a_change_of_keys_passes_over_what_is_deleted_meanwhile(state: State) -> None:
    for id in ("one", "two"):
        begun(state, id)
        for number in range(2):
            assert state.write(lambda connection: add(state, connection, id, number))  # noqa: B023

    class Deleting(Vault):
        """A vault of a house in which, once the first value is looked at, a source's exports are dropped."""

        connection: Any = None

        def is_newest(self, sealed: bytes) -> bool:
            self.connection.execute(export.delete().where(export.c.id == "two"))
            self.connection.execute(export_part.delete().where(export_part.c.export == "two"))
            return super().is_newest(sealed)

    def change(connection: sa.Connection) -> Any:
        vault = Deleting([OTHER, b"k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga"])
        vault.connection = connection
        return reseal(connection, vault)

    found = state.write(change)
    assert (found.done, found.lost) == (3, ())
    assert parts(state) == 2
