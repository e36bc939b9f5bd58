"""The odd databases, made anew in an empty one."""

from __future__ import annotations

import sqlalchemy as sa

from tests.odd import mariadb, postgres, sqlite


def make_odd(url: str) -> None:
    """Make every odd table in the empty database at *url*."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    dialect = engine.dialect.name
    world = {"postgresql": postgres, "sqlite": sqlite}.get(dialect, mariadb)
    quote = engine.dialect.identifier_preparer.quote_identifier
    key = {"postgresql": "serial PRIMARY KEY", "sqlite": "INTEGER PRIMARY KEY"}.get(
        dialect, "INTEGER AUTO_INCREMENT PRIMARY KEY"
    )
    with engine.connect() as connection:

        def run(statement: str) -> None:
            connection.exec_driver_sql(statement if dialect == "sqlite" else statement.replace("%", "%%"))

        if world is mariadb:
            run("SET sql_mode = ''")
        for statement in world.MAKE:
            run(statement)
        for name, native, values in world.TYPES:
            run(f"CREATE TABLE {quote('t_' + name)} (id {key}, v {native}, other varchar(40))")
            for value in (*values, "NULL"):
                run(f"INSERT INTO {quote('t_' + name)} (v) VALUES ({value})")
        for statement in world.MORE:
            run(statement)
    engine.dispose()


def stored(url: str, table: str, names: tuple[str, ...] = ("id", "v", "other")) -> list[tuple[str, ...]]:
    """Return all values of a table as the database writes them, in the order of the key."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    preparer = engine.dialect.identifier_preparer
    kind = "CHAR" if engine.dialect.name in ("mysql", "mariadb") else "TEXT"
    wanted = ", ".join(f"CAST({preparer.quote_identifier(one)} AS {kind})" for one in names)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.text_factory = bytes  # type: ignore[union-attr]
        rows = connection.exec_driver_sql(f"SELECT {wanted} FROM {preparer.quote_identifier(table)}").all()
    engine.dispose()
    return sorted(tuple(map(repr, row)) for row in rows)
