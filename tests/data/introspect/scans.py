"""Making the Schema of a script: run on a database, then scanned."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from nexus_admin.data.introspect import introspect
from nexus_admin.domain.resource import Schema

Scan = Callable[..., Schema]


def scan_url(url: str, script: str, *, sample: bool = True) -> Schema:
    """Run the statements of *script*, which are separated by lines that end with a semicolon, then scan."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            connection = connection.execution_options(no_parameters=True)
            for statement in script.split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement)
        return introspect(engine, "some", sample=sample)
    finally:
        engine.dispose()
