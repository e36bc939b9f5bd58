"""What was deleted from the tables of copies is gone from PostgreSQL's files too, once they are written anew."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from nexus_admin.state.engine import State
from nexus_admin.state.tables.preferences import preference

KEY = b"k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga"
MARK = "zebra-quartz-nebula"


def in_file(url: str) -> int:
    """Count `MARK` in the file that PostgreSQL keeps the preferences in, as its own user reads it."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CHECKPOINT"))
        page = connection.execute(sa.text("SELECT pg_read_binary_file(pg_relation_filepath('preference'))")).scalar()
    engine.dispose()
    return bytes(page or b"").count(MARK.encode())


def test_postgresql_keeps_nothing_of_what_was_purged(new_postgres_url: str) -> None:
    with State.open(new_postgres_url, key=KEY) as state:
        kept = {"user_id": "user:1", "key": "favourites", "value": [MARK], "at": datetime.now(UTC)}
        state.write(lambda connection: connection.execute(preference.insert().values(**kept)))
        assert in_file(new_postgres_url) > 0
        state.write(lambda connection: connection.execute(preference.delete()))
        assert in_file(new_postgres_url) > 0
        assert state.rewrite()
        assert in_file(new_postgres_url) == 0
