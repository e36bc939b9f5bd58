"""What stands in our tables: whoever reads them gets in nowhere. And the same on PostgreSQL."""

from pathlib import Path

import pytest

from nexus_admin.access import Access
from nexus_admin.domain.role import Grant
from nexus_admin.state.engine import State
from tests.access.conftest import KEY
from tests.access.test_totp import code_at, enrol
from tests.access.world import LAPTOP, PASSWORD, SHOP, SYSTEM, Clock, World, cheap_passwords, rule


def test_no_secret_stands_in_the_tables_in_the_clear(world: World, tmp_path: Path) -> None:
    setup_secret = _setup_token(tmp_path)
    user = world.user("viewer")
    cookie = world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie
    done, secret = enrol(world, cookie)
    bearer, _token = world.access.tokens.create(user.id, "script")
    form_token = world.access.sessions.csrf_token(done.cookie)
    codes = done.recovery_codes
    world.state.close()
    secrets = [PASSWORD, cookie, done.cookie, bearer, bearer[4:], secret, secret.replace(" ", ""), form_token, *codes]
    secrets += [code.replace("-", "") for code in codes]
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("*.db*"))
    assert user.email.encode() in stored, "the tables were looked at"
    assert [text for text in (*secrets, setup_secret) if text.encode() in stored] == []


def test_the_same_holds_on_postgresql(new_postgres_url: str, clock: Clock) -> None:
    with State.open(new_postgres_url, key=KEY) as state:
        access = Access(state, clock=clock, passwords=cheap_passwords())
        access.decisions.schema_of = {"shop": SHOP}.get
        token = access.setup.issue()
        owner = access.setup.claim(token, "ana@example.com", PASSWORD)
        world = World(state, clock, access, owner)
        world.role("clerk", Grant(action="row.*", rows=rule("total", "gt", 1)), inherits=("viewer",))
        user = world.user("clerk", region="EU")
        cookie = access.sign_in(user.email, PASSWORD, LAPTOP).cookie
        done, secret = enrol(world, cookie)
        clock.forward(60)
        waiting = access.sign_in(user.email, PASSWORD, LAPTOP).cookie
        full = access.pass_second_factor(waiting, code_at(secret, clock.at))
        actor = access.actor_of_session(full.cookie)
        assert actor is not None
        assert access.decide(actor, "row.list", "shop", SHOP.resources["orders"]).allowed
        other = Access(state, clock=clock, passwords=cheap_passwords())
        assert not other.setup.open
        assert other.actor_of_session(done.cookie) is not None
        other.users.set_active(user.id, False, by=SYSTEM)
        access.changed()
        assert access.actor_of_session(full.cookie) is None
        assert access.files.plan(access.files.export()).empty
        with pytest.raises(Exception, match="no active owner"):
            access.users.delete(owner.id, by=SYSTEM)


def _setup_token(folder: Path) -> str:
    """In a state of its own, because this one has an owner already."""
    with State.open(folder / "other.db", key=KEY) as state:
        access = Access(state, passwords=cheap_passwords())
        token = access.setup.issue()
        access.setup.claim(token, "ana@example.com", PASSWORD)
        return token
