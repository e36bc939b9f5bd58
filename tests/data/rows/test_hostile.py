"""Schemas and values that break other tools: shown, and not changed by a save that touched nothing."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.data.introspect import introspect
from nexus_admin.data.source import DataSource
from nexus_admin.data.values.show import to_json, to_text
from nexus_admin.domain.row import ListRequest, Masked, Unreadable
from nexus_admin.testing.contract_world import User
from nexus_admin.testing.sources import Step

NAMES = (
    "select", "Order Details", "a%b", "100%s", "x:y", "(p)", "q'uote", 'd"ouble', "back`tick", "semi;colon -- drop",
    "[b]", "naïve ☃", "new\nline", "$1", "?", "%(x)s", "{x}", "a.b", "\\", "UPPER", "rowid",
)  # fmt: skip

OTHER = "x:y"

ODD = {
    "BOOLEAN": [2, "maybe", "", None, 1, 0],
    "DATE": ["0000-00-00", "10000-01-01", "infinity", "", 1700000000, "2024-01-31", "2024-01-31 12:00:00"],
    "DATETIME": ["24:00:00", "2024-01-01T00:00:00Z", "2024-01-01 00:00:00.123456789", -1, "2024-01-01 00:00:00.0000"],
    "TIME": ["24:00:00", "12:00:00+14:00", "12:00:00.123456789", "12:30"],
    "JSON": ["{bad", '{ "a":1, "a":2 }', None, "null", "[" * 5000 + "]" * 5000, '"text"', "1e400", "1.50", ""],
    "NUMERIC(10,2)": [1.005, "abc", 12345678901234567, 9e999, 0.1 + 0.2, 3, ""],
    "INTEGER": ["abc", 1.5, 2**62, b"\x00\x01", ""],
    "TEXT": [b"\xff\xfe", 5, "", " ", "\r\nline\r\n", "\u202egnp", "a\x00b", "é", "'; DROP TABLE witness; --"],
    "UUID": ["NOT-A-UUID", "0193A1B2-0000-7000-8000-00000000000F", b"0123456789abcdef"],
    "BLOB": [b"\x00\xff", "text in a blob", 7],
    "INET": ["10.0.0.1", 5, 1.5],
    "": [1, "1", 1.0, b"1", None],
}  # fmt: skip


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE witness (a)")
    connection.execute("INSERT INTO witness VALUES (1)")
    for name in NAMES:
        columns = ", ".join(f"{quoted(one)} TEXT" for one in NAMES if one != "rowid")
        connection.execute(f"CREATE TABLE {quoted(name)} (id INTEGER PRIMARY KEY, {columns})")
        connection.execute(f"INSERT INTO {quoted(name)} (id, {quoted(OTHER)}) VALUES (1, 'v')")
    for declared, values in ODD.items():
        table = "odd_" + (declared.split("(")[0].lower() or "none")
        connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v {declared}, other TEXT)")
        connection.executemany(f"INSERT INTO {table} (v) VALUES (?)", [(value,) for value in values])
    connection.execute("INSERT INTO odd_text (v) VALUES (CAST(X'636166E9' AS TEXT))")
    connection.execute("CREATE TABLE keyless (a TEXT, b INTEGER)")
    connection.executemany("INSERT INTO keyless VALUES (?, ?)", [("x", 1), ("x", 1), (None, None)])
    connection.execute("CREATE TABLE taken (rowid TEXT, _rowid_ TEXT, oid TEXT)")
    connection.execute("INSERT INTO taken VALUES ('a', 'b', 'c')")
    connection.execute("CREATE TABLE odd_key (k TEXT PRIMARY KEY, v TEXT)")
    connection.executemany(
        "INSERT INTO odd_key VALUES (?, 'v')", [("a/b",), ("a,b",), ("~",), ("",), ("..",), ("é ☃%",)]
    )
    connection.execute("CREATE VIEW shown AS SELECT 1 AS one, 'x' AS two")
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def user(path: Path) -> Iterator[User]:
    source = DataSource("hostile", str(path), read_only=False)
    source.use(introspect(source.reader, "hostile"))
    yield User(source)
    source.close()


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every value with its storage class, as bytes where it is text."""
    connection = sqlite3.connect(path)
    connection.text_factory = bytes
    tables = [row[0].decode() for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for name in tables:
        columns = [row[1].decode() for row in connection.execute(f"PRAGMA table_info({quoted(name)})")]
        wanted = ", ".join(f"typeof({quoted(one)}), {quoted(one)}" for one in columns)
        found[name] = connection.execute(f"SELECT {wanted} FROM {quoted(name)}").fetchall()
    connection.close()
    return found


def test_every_table_is_listed_and_every_row_is_read(user: User) -> None:
    for name, resource in user.source.schema.resources.items():
        page = user.read.list(name, ListRequest(limit=100))
        assert page.rows
        for row, key in zip(page.rows, page.keys, strict=True):
            assert to_json(row) is not None
            if key is not None:
                one = user.read.one(name, key)
                assert set(one) == {field.name for field in resource.fields}


def test_a_save_that_touched_nothing_changes_no_byte(user: User, path: Path) -> None:
    before = contents(path)
    saved = 0
    for name, resource in user.source.schema.resources.items():
        if not resource.writable:
            continue
        page = user.read.list(name, ListRequest(limit=100))
        for key in page.keys:
            row = user.read.one(name, key)
            fields = [one for one in resource.fields if one.writable and not isinstance(row[one.name], Masked)]
            form = {one.name: to_text(one, row[one.name]).replace("\r\n", "\n").replace("\n", "\r\n") for one in fields}
            for expected in (None, form):
                change = user.write.update(name, key, form, expected)
                assert change.fields() == ()
            saved += 1
    assert saved > 60
    assert contents(path) == before


def test_one_field_is_saved_beside_values_that_cannot_be_read(user: User, path: Path) -> None:
    before = contents(path)
    for name in (one for one in user.source.schema.resources if one.startswith("odd_") and one != "odd_key"):
        for key in user.read.list(name, ListRequest(limit=100)).keys:
            user.write.update(name, key, {"other": "changed"})
    after = contents(path)
    for name, rows in before.items():
        if name.startswith("odd_") and name != "odd_key":
            assert [row[:4] for row in after[name]] == [row[:4] for row in rows]
            assert {row[5] for row in after[name]} == {b"changed"}
        else:
            assert after[name] == rows


def test_a_deleted_row_with_unreadable_values_comes_back_as_it_was(user: User, path: Path) -> None:
    before = contents(path)
    for name in ("odd_date", "odd_json", "odd_boolean", "odd_none", "keyless", "odd_key"):
        for key in user.read.list(name, ListRequest()).keys:
            change = user.write.delete(name, key)[-1]
            user.write.apply(Step("create", name, key, dict(change.before)))
    after = contents(path)
    assert {name: sorted(map(repr, rows)) for name, rows in after.items()} == {
        name: sorted(map(repr, rows)) for name, rows in before.items()
    }


def test_names_that_are_hostile_can_be_filtered_sorted_and_written(user: User, path: Path) -> None:
    for name in NAMES:
        column = next(one for one in NAMES if one not in (name, "rowid"))
        change = user.write.update(name, "1", {column: "it's 100% :x"})
        assert change.fields() == (column,)
        page = user.read.list(name, ListRequest(search="100%"))
        assert len(page.rows) in (0, 1)
        created = user.write.create(name, {column: "new"})
        user.write.delete(name, created.key)
    assert contents(path)["witness"] == [(b"integer", 1)]


def test_what_cannot_be_read_is_marked(user: User) -> None:
    rows = user.read.list("odd_text", ListRequest(limit=100)).rows
    assert [row["v"] for row in rows if isinstance(row["v"], Unreadable)]
