"""Statements said to the driver itself: the rows and errors are SQLAlchemy's own, and a lost connection is given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.language.prepared import Prepared

METADATA = sa.MetaData()
NOTES = sa.Table(
    "notes",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("a text (odd)", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime),
    sa.Column("price", sa.Numeric(8, 2)),
)
ODD = NOTES.c["a text (odd)"]
ADD = Prepared(NOTES.insert().inline())
FIND = Prepared(sa.select(NOTES.c.id, ODD).where(ODD.like(sa.bindparam("it's like"))).order_by(NOTES.c.id))
PRICES = Prepared(sa.select(NOTES.c.price, NOTES.c.at).where(NOTES.c.id.in_(sa.bindparam("ids", expanding=True))))
CHANGE = Prepared(NOTES.update().where(NOTES.c.id == sa.bindparam("its_id")).values({ODD: sa.bindparam("new")}))
AT = datetime(2026, 2, 3, 4, 5, 6)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """A table of notes in each database; the third is asked through SQLAlchemy."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'notes.db'}"
    else:
        url = str(request.getfixturevalue({"postgresql": "postgres_url", "mariadb": "mariadb_url"}[request.param]))
    made = sa.create_engine(url)
    METADATA.create_all(made)
    yield made
    METADATA.drop_all(made)
    made.dispose()


def row(key: int, text: str) -> dict[str, object]:
    return {"id": key, "a text (odd)": text, "at": AT, "price": "1.50"}


def test_a_prepared_statement_says_and_reads_what_sqlalchemy_would(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        assert ADD.change_all(connection, [row(1, "50 % off"), row(2, "%(x)s"), row(3, "ü?")]) == 3
        assert CHANGE.change(connection, {"its_id": 3, "new": "50 euro"}) == 1
        assert CHANGE.change(connection, {"its_id": 9, "new": "nobody"}) == 0
    with engine.connect() as connection:
        found = FIND.rows(connection, {"it's like": "50%"})
        assert [tuple(one) for one in found] == [(1, "50 % off"), (3, "50 euro")]
        assert [tuple(one) for one in found] == [
            tuple(one) for one in connection.execute(FIND.statement, {"it's like": "50%"})
        ]
        prices = PRICES.rows(connection, {"ids": [1, 3]})
        assert [(str(price), at) for price, at in prices] == [("1.50", AT)] * 2


def test_what_the_database_refuses_comes_as_sqlalchemys_own_error(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        ADD.change(connection, row(1, "first"))
        with pytest.raises(sa.exc.IntegrityError) as raised:
            ADD.change(connection, row(1, "again"))
        assert not raised.value.connection_invalidated
        connection.rollback()
    with engine.connect() as connection:
        assert not FIND.rows(connection, {"it's like": "%"})


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_connection_that_was_lost_is_given_up_with_those_that_wait_beside_it(engine: sa.Engine) -> None:
    pid, end = sa.text("SELECT pg_backend_pid()"), sa.text("SELECT pg_terminate_backend(:pid)")
    with engine.connect() as one, engine.connect() as other:
        lost = [one.scalar(pid), other.scalar(pid)]
    with sa.create_engine(engine.url, poolclass=sa.NullPool).connect() as killer:
        for number in lost:
            killer.execute(end, {"pid": number})
    with engine.connect() as connection, pytest.raises(sa.exc.OperationalError) as raised:
        FIND.rows(connection, {"it's like": "%"})
    assert raised.value.connection_invalidated
    with engine.connect() as one, engine.connect() as other:
        assert [*FIND.rows(one, {"it's like": "%"}), *FIND.rows(other, {"it's like": "%"})] == []
