"""Types that we do not fully own, on servers: shown as the database writes them, and untouched by a save."""

from collections.abc import Iterator
from typing import Any

import pytest

from nexus_admin.data.introspect import introspect
from nexus_admin.data.source import DataSource
from nexus_admin.data.values.show import to_text
from nexus_admin.domain.row import ListRequest, Unreadable
from nexus_admin.testing.contract_world import User
from nexus_admin.testing.sources import Step

POSTGRES = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok, \"fine\"')",
    "CREATE TYPE pair AS (a int, b text)",
    "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
    """CREATE TABLE odd (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day date, moment timestamptz,
       plain timestamp,
       clock time, zoned timetz, span interval, doc json, docb jsonb, mood mood, moods mood[], days date[],
       words text[],
       grid int[], cash money, net inet, hard macaddr, bits bit(3), xml xml, dot point, shape polygon, ts tsvector,
       lsn pg_lsn, couple pair, numbers int4range, many int4multirange, big numeric, tiny real, wide float8,
       blob bytea,
       small positive, code uuid, note text, total numeric(10, 2) GENERATED ALWAYS AS (small * 2.5) STORED)""",
    """INSERT INTO odd (day, moment, plain, clock, zoned, span, doc, docb, mood, moods, days, words, grid, cash,
       net, hard,
       bits, xml, dot, shape, ts, lsn, couple, numbers, many, big, tiny, wide, blob, small, code, note) VALUES
       ('infinity', '-infinity', '0044-03-15 10:00:00 BC', '24:00', '12:00+14', '1 year 2 mons',
       '{"a": 1, "a" : 2}', 'null', 'ok, "fine"', '{sad,"ok, \\"fine\\""}', '{infinity,2024-01-01}',
       '{"a b",NULL,""}',
       '{{1,2},{3,4}}', '$1.50', '10.0.0.0/8', '08:00:2b:01:02:03', B'101', '<a> </a>', '(1,2)',
       '((0,0),(1,1),(1,0))',
       'fat cat', '16/B374D848', '(1,"x y")', '[1,5)', '{[1,2),[4,5)}', 'NaN', 0.1, 'Infinity', '\\x00ff', 3,
       '0193a1b2-0000-7000-8000-00000000000f', E'a\\r\\nb'),
       ('10000-01-01', '2024-01-01 00:00:00.123456+00', '2024-02-29', '23:59:59.999999', NULL, '-1 days',
       '[1, 2]', '{"x": 1.50}', NULL, '{}', NULL, '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL,
       'empty', NULL, 123456789012345678901234567890.123456789, NULL, 1e300, NULL, NULL, NULL, '')""",
)  # fmt: skip
MARIADB = (
    """CREATE TABLE odd (id INT AUTO_INCREMENT PRIMARY KEY, day DATE, moment DATETIME(6), stamp TIMESTAMP NULL,
       clock TIME, span TIME(3), made YEAR, choice ENUM('a', 'it''s'), several SET('x', 'y'), flag BIT(1),
       bits BIT(5),
       yes BOOLEAN, doc JSON, raw VARBINARY(20), shape GEOMETRY, dot POINT, code UUID, net INET6, big DECIMAL(30, 10),
       tiny FLOAT, note TEXT, small SMALLINT UNSIGNED, twice INT AS (small * 2) STORED) CHARACTER SET utf8mb4""",
    "SET SESSION sql_mode = ''",
    """INSERT INTO odd (day, moment, stamp, clock, span, made, choice, several, flag, bits, yes, doc, raw, shape,
       dot, code,
       net, big, tiny, note, small) VALUES ('0000-00-00', '2024-00-00', 0, '838:59:59', '-12:30:00.5', 2024,
       'it''s', 'x,y',
       b'1', b'10101', 2, '{"a": 1,  "a": 2}', x'00ff', ST_GeomFromText('LINESTRING(0 0,1 1)'),
       ST_GeomFromText('POINT(1 2)'),
       '0193a1b2-0000-7000-8000-00000000000f', '::1', 12345678901234567890.0123456789, 0.1, 'a\\r\\nb', 3)""",
)  # fmt: skip


def made(url: str, statements: tuple[str, ...]) -> Iterator[User]:
    source = DataSource("odd", url, read_only=False)
    try:
        with source.write() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        source.use(introspect(source.reader, "odd"))
        yield User(source)
    finally:
        source.close()


@pytest.fixture(params=["postgresql", "mariadb"])
def user(request: pytest.FixtureRequest) -> Iterator[User]:
    if request.param == "postgresql":
        yield from made(request.getfixturevalue("new_postgres_url"), POSTGRES)
    else:
        yield from made(request.getfixturevalue("new_mariadb_url"), MARIADB)


def stored_text(user: User) -> list[tuple[Any, ...]]:
    """The rows as the database itself writes them."""
    sql = "SELECT t::text, xmin::text FROM odd t ORDER BY id"
    if user.source.dialect == "mysql":
        names = [one.name for one in user.source.schema.resource("odd").fields]
        sql = f"SELECT {', '.join(f'HEX({name})' for name in names)} FROM odd ORDER BY id"
    with user.source.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def test_every_value_is_shown_and_a_save_that_touched_nothing_writes_nothing(user: User) -> None:
    before = stored_text(user)
    fields = user.source.schema.resource("odd").fields
    for key in user.read.list("odd", ListRequest()).keys:
        row = user.read.one("odd", key)
        assert set(row) == {one.name for one in fields}
        form = {one.name: to_text(one, row[one.name]) for one in fields if one.writable}
        assert user.write.update("odd", key, form).fields() == ()
        assert user.write.update("odd", key, form, form).fields() == ()
    assert stored_text(user) == before


def test_one_field_is_changed_beside_odd_ones(user: User) -> None:
    before = user.read.one("odd", "1")
    after = user.write.update("odd", "1", {"note": "new"}).after
    assert {name: value for name, value in after.items() if name != "note"} == {
        name: value for name, value in before.items() if name != "note"
    }


def test_a_deleted_row_comes_back_value_for_value(user: User) -> None:
    before = [tuple(row)[: None if user.source.dialect == "mysql" else 1] for row in stored_text(user)]
    change = user.write.delete("odd", "1")[-1]
    back = user.write.apply(Step("create", "odd", "1", dict(change.before)))[0]
    assert back.after == change.before
    assert [tuple(row)[: None if user.source.dialect == "mysql" else 1] for row in stored_text(user)] == before


def test_odd_values_can_be_written_as_the_database_writes_them(user: User) -> None:
    words = {
        "postgresql": {
            "span": "3 days", "net": "192.168.0.0/16", "numbers": "[7,9)", "moods": '{sad,sad}', "words": '["x",null]',
            "couple": "(2,z)", "cash": "$2.00", "docb": '{"k": [1]}', "mood": "sad", "grid": "[[9]]", "big": "1e30",
        },
        "mysql": {"choice": "a", "several": "y", "doc": "[1]", "shape": "POINT(3 4)", "net": "::2",
       "clock": "10:00:00"},
    }[user.source.dialect]  # fmt: skip
    after = user.write.update("odd", "1", words).after
    again = user.read.one("odd", "1")
    for name, text in words.items():
        field = user.source.schema.resource("odd").field(name)
        assert again[name] == after[name]
        assert not isinstance(again[name], Unreadable), name
        assert user.write.update("odd", "1", {name: to_text(field, again[name])}).fields() == ()
        assert text
