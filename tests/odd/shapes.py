"""Tables whose names and shapes break tools, on every engine."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from tests.odd.names import NAMES

KEYS = ("", "/", "%", "new\nline", "a,b", "~", "..", "new", "é ☃%", "<b>x</b>", "?a=b#c", " ")
WIDE = 300


def _named(name: str) -> quoted_name:
    return quoted_name(name, quote=True)


def make_shapes(url: str, names: tuple[str, ...]) -> None:
    """Make a table for each of *names*, one with all of them as columns, and tables of odd shapes, each with rows."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    metadata = sa.MetaData()
    values: dict[sa.Table, list[dict[str, object]]] = {}
    for name in names:
        made = sa.Table(_named(name), metadata, sa.Column("id", sa.Integer, primary_key=True),
                        sa.Column(_named(name), sa.String(60)), sa.Column("other", sa.String(60)))  # fmt: skip
        rows = [(1, name, "<b>x</b>"), (2, None, "<script>alert(1)</script>")]
        values[made] = [{"id": key, name: value, "other": other} for key, value, other in rows]
    # MariaDB knows no letters beyond the first plane in names.
    every_name = [one for one in NAMES if max(one) < "\U00010000"]
    every = sa.Table("every", metadata, sa.Column("id", sa.Integer, primary_key=True),
                     *(sa.Column(_named(one), sa.Text) for one in every_name))  # fmt: skip
    values[every] = [{"id": 1, **{one: one for one in every_name}}]
    wide = sa.Table("wide", metadata, sa.Column("id", sa.Integer, primary_key=True),
                    *(sa.Column(f"c{at}", sa.Integer) for at in range(WIDE)))  # fmt: skip
    values[wide] = [{"id": 1, **{f"c{at}": at for at in range(WIDE)}}]
    values[sa.Table("keyless", metadata, sa.Column("a", sa.String(20)), sa.Column("b", sa.Integer))] = [
        {"a": "x", "b": 1}, {"a": "x", "b": 1}, {"a": None, "b": None}]  # fmt: skip
    pairs = sa.Table("pairs", metadata, sa.Column("one", sa.String(40), primary_key=True),
                     sa.Column("two", sa.String(40), primary_key=True), sa.Column("note", sa.String(40)))  # fmt: skip
    values[pairs] = [{"one": one, "two": two, "note": "n"} for one, two in zip(KEYS, KEYS[4:] + KEYS[:4], strict=True)]
    sa.Table("leaves", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("one", sa.String(40)),
             sa.Column("two", sa.String(40)),
             sa.ForeignKeyConstraint(["one", "two"], ["pairs.one", "pairs.two"]))  # fmt: skip
    values[metadata.tables["leaves"]] = [{"id": at + 1, "one": KEYS[at], "two": KEYS[4 + at]} for at in range(4)]
    trees = sa.Table("trees", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)),
                     sa.Column("parent_id", sa.Integer, sa.ForeignKey("trees.id")))  # fmt: skip
    values[trees] = [{"id": 1, "name": "root", "parent_id": None}, {"id": 2, "name": "leaf", "parent_id": 1}]
    metadata.create_all(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.insert(), values[table])
        connection.execute(trees.update().where(trees.c.id == 1).values(parent_id=1))
    engine.dispose()
