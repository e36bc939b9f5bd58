"""Migrations lead to the very tables that the code knows, from any revision, and never half way."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from nexus_admin.domain.errors import StateDown
from nexus_admin.state import schema
from nexus_admin.state.engine import State
from nexus_admin.state.migrations import HEAD
from nexus_admin.state.sqlite import SqliteFile
from nexus_admin.state.tables import metadata
from nexus_admin.state.tables.exports import export, export_part
from nexus_admin.state.tables.sources import source_feed
from nexus_admin.state.tables.store import house_entry
from tests.state.conftest import KEY


def engine_of(address: str) -> sa.Engine:
    return sa.create_engine(address) if "://" in address else SqliteFile(Path(address)).writing


def default_differs(_context, _inspected, column, inspected_default, _default, rendered_default) -> bool | None:
    """Compare JSON defaults as text, for PostgreSQL has no `=` for them; None leaves the rest to Alembic."""
    if isinstance(column.type, sa.JSON) and inspected_default is not None:
        return inspected_default.removesuffix("::json").strip("'") != str(rendered_default).strip("'")
    return None


def differences(connection: sa.Connection) -> list:
    options = {"compare_type": True, "compare_server_default": default_differs}
    context = MigrationContext.configure(connection, opts=options)
    return compare_metadata(context, metadata)


def test_the_migrations_make_the_tables_that_the_code_knows(address: str) -> None:
    engine = engine_of(address)
    with engine.begin() as connection:
        schema._migrate(connection, address, None)
        assert schema.revision_of(connection) == HEAD
        assert differences(connection) == []
    engine.dispose()


def test_a_new_state_has_the_same_tables_as_a_migrated_one(address: str) -> None:
    State.open(address, key=KEY).close()
    engine = engine_of(address)
    with engine.begin() as connection:
        assert schema.revision_of(connection) == HEAD
        assert differences(connection) == []
    engine.dispose()


def test_indexes_of_some_rows_and_by_hash_are_so_on_both_databases(address: str) -> None:
    State.open(address, key=KEY).close()
    engine = engine_of(address)
    on_server = engine.dialect.name == "postgresql"
    said = "SELECT indexname, indexdef FROM pg_indexes" if on_server else "SELECT name, sql FROM sqlite_master"
    with engine.connect() as connection:
        indexes = dict(connection.exec_driver_sql(said).fetchall())
    assert "WHERE" in indexes["uq_queue_job_key"]
    assert "WHERE" in indexes["uq_stream_event_version"]
    assert ("USING hash" in indexes["ix_topic_message_topic"]) == on_server
    engine.dispose()


def test_the_newest_migration_is_the_head_that_the_code_names() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(settings).get_heads() == [HEAD]


def test_an_old_state_is_migrated_when_it_is_opened(address: str) -> None:
    engine = engine_of(address)
    with engine.begin() as connection:  # a state from before there was a revision
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    engine.dispose()
    with State.open(address, key=KEY) as state:
        assert state.read(schema.revision_of) == HEAD


def test_every_step_goes_back_and_forth_over_what_is_kept(address: str) -> None:
    State.open(address, key=KEY).close()
    engine = engine_of(address)
    settings = Config()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        now = datetime.now(UTC)
        connection.execute(source_feed.insert().values(name="shop", mode="polling", installed=now, installed_by="ana"))
        given = {"id": "1", "owner": "ana", "source": "shop", "resource": "orders", "title": "Orders", "state": "asked"}
        connection.execute(export.insert().values(**given, asked=b"sealed", asked_at=now))
        part = {"id": "1.0.0", "export": "1", "attempt": 0, "number": 0, "data": b"sealed"}
        connection.execute(export_part.insert().values(**part))
        connection.execute(house_entry.insert().values(key=b"session:1", data=b"{}", content_type="application/json"))
        for _step in ScriptDirectory.from_config(settings).walk_revisions():
            command.downgrade(settings, "-1")
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
        command.upgrade(settings, "head")
        assert schema.revision_of(connection) == HEAD
        assert differences(connection) == []
    engine.dispose()


def test_a_state_of_a_newer_nexus_is_refused_and_left_alone(address: str) -> None:
    State.open(address, key=KEY).close()
    engine = engine_of(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StateDown, match=r"revision 9999, which this Nexus does not know.*newer Nexus"):
        State.open(address, key=KEY)
    with engine.begin() as connection:
        assert schema.revision_of(connection) == "9999"
    engine.dispose()


def test_somebody_elses_table_of_the_same_name_is_never_taken_over(address: str) -> None:
    engine = engine_of(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE source (theirs INTEGER)")
    with pytest.raises(StateDown, match="already exists"):
        State.open(address, key=KEY)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == ["source"]
    engine.dispose()


def test_a_migration_that_fails_leaves_no_half_state(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_connection: sa.Connection, **_options: bool) -> None:
        metadata.tables["audit_entry"].create(_connection)
        raise RuntimeError("killed in the middle")

    monkeypatch.setattr(metadata, "create_all", fail)
    with pytest.raises(RuntimeError, match="killed"):
        State.open(address, key=KEY)
    monkeypatch.undo()
    with State.open(address, key=KEY) as state:
        assert state.read(schema.is_current)


def test_opening_a_state_does_not_import_what_it_does_not_need(path: Path) -> None:
    State.open(path, key=KEY).close()
    code = (
        "import sys; from nexus_admin.state.engine import State; "
        f"State.open({str(path)!r}, key={KEY!r}).close(); "
        "print(sorted({'alembic', 'cryptography', 'psycopg', 'mako'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
