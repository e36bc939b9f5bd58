"""A state from before sessions were in the store: whoever was signed in still is, and who was not is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command, config

from nexus_admin.access import Access
from nexus_admin.access.secrets import hash_of
from nexus_admin.state import schema
from nexus_admin.state.engine import State
from nexus_admin.state.migrations import HEAD
from nexus_admin.state.sqlite import SqliteFile
from nexus_admin.state.tables.identity import user_account
from tests.access.conftest import KEY
from tests.access.world import cheap_passwords

BEFORE = "0015"
NOW = datetime.now(UTC).replace(microsecond=120_000)
SESSION = sa.table(
    "user_session",
    *map(sa.column, ("id", "token_hash", "user_id", "session_version", "via", "user_agent", "address")),
    sa.column("renew", sa.Boolean()),
    *(
        sa.column(name, sa.DateTime(timezone=True))
        for name in ("second_factor_at", "created_at", "last_seen_at", "expires_at")
    ),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "nexus.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url"))


def old_state(address: str, *sessions: dict[str, Any]) -> None:
    """Make a state as it was, with ana, whose rights have the version 7, and bo, who is shut out."""
    engine = sa.create_engine(address) if "://" in address else SqliteFile(Path(address)).writing
    settings = config.Config()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, BEFORE)
        for name in ("ana", "bo"):
            account = {"id": user_id(name), "email": f"{name}@example.com", "email_folded": f"{name}@example.com"}
            rest = {"attributes": {}, "active": name == "ana", "session_version": 7, "created_at": NOW}
            connection.execute(user_account.insert().values(**account, **rest))
        for number, given in enumerate(sessions):
            naive = engine.dialect.name == "sqlite"
            row = as_it_was(number, **given)
            values = {
                name: value.replace(tzinfo=None) if naive and isinstance(value, datetime) else value
                for name, value in row.items()
            }
            connection.execute(SESSION.insert().values(values))
    engine.dispose()


def as_it_was(number: int, cookie: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{number:026}", "token_hash": hash_of(cookie), "user_id": user_id("ana"), "session_version": 7,
        "renew": False, "via": "password", "second_factor_at": None, "created_at": NOW - timedelta(days=2),
        "last_seen_at": NOW - timedelta(hours=number), "expires_at": NOW + timedelta(days=12),
        "user_agent": "Firefox on “Linux”", "address": "192.0.2.7", **more,
    }  # fmt: skip


def user_id(name: str) -> str:
    return name.upper().ljust(26, "0")


def test_whoever_was_signed_in_still_is(address: str) -> None:
    old_state(
        address,
        {"cookie": "living", "second_factor_at": NOW - timedelta(days=2)},
        {"cookie": "renewing", "renew": True},
        {"cookie": "of other rights", "session_version": 6},
        {"cookie": "over", "expires_at": NOW - timedelta(seconds=1)},
        {"cookie": "of bo", "user_id": user_id("bo")},
        {"cookie": "idle", "last_seen_at": NOW - timedelta(days=4)},
    )
    with State.open(address, key=KEY) as state:
        assert state.read(schema.revision_of) == HEAD
        sessions = Access(state, passwords=cheap_passwords()).sessions
        living, renewing = sessions.find("living"), sessions.find("renewing")
        assert living is not None
        assert renewing is not None
        assert (living.renew, renewing.renew) == (False, True)
        was = as_it_was(0, "living", second_factor_at=NOW - timedelta(days=2))
        for name in ("id", "user_id", "via", "second_factor_at", "created_at", "expires_at", "user_agent", "address"):
            assert getattr(living, name) == was[name], name
        assert abs(living.last_seen_at - NOW) < timedelta(seconds=1)
        assert [one.id for one in sessions.of_user(user_id("ana"))] == [living.id, renewing.id]
        for cookie in ("of other rights", "over", "of bo", "idle"):
            assert sessions.find(cookie) is None, cookie
        renewed = sessions.renew("renewing")
        assert renewed is not None
        assert sessions.find("renewing") is None
        assert sessions.revoke(user_id("ana"), living.id)
        assert sessions.find("living") is None


def test_what_was_moved_lives_as_the_setting_says_once_it_was_seen(address: str) -> None:
    old_state(address, {"cookie": "first"}, {"cookie": "second"})
    ahead = timedelta(hours=1)
    with State.open(address, key=KEY) as state:
        access = Access(state, clock=lambda: (datetime.now(UTC) + ahead).timestamp(), passwords=cheap_passwords())
        assert access.sessions.find("second") is not None
        state.flush()
        kept = {one.key: one.expires_in for one in access._records.store.scan("session:")}
        idle = access.sessions.lifetime.idle.total_seconds()
        assert kept[f"session:{hash_of('second')}"] == pytest.approx(idle, abs=60)
        assert (kept[f"session:{hash_of('first')}"] or 0) > idle + 3600


def test_going_back_leaves_nobody_signed_in(address: str) -> None:
    old_state(address, {"cookie": "living"})
    State.open(address, key=KEY).close()
    engine = sa.create_engine(address) if "://" in address else SqliteFile(Path(address)).writing
    settings = config.Config()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.downgrade(settings, BEFORE)
        assert connection.execute(sa.select(sa.func.count()).select_from(SESSION)).scalar() == 0
        assert "house_entry" not in sa.inspect(connection).get_table_names()
    engine.dispose()
