"""Who follows a table hears what they may now; and nobody who may only connect to the database ends or fools an ear."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.actions.live.subscribing import Subscription
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.web.live.shop import SYSTEM, Shop, heard, shop

FRENCH = {"field": "country", "op": "eq", "value": "FR"}
ABOUT: dict[str, Any] = {"s": "public", "t": "orders", "n": False}
FIELDS: tuple[Any, ...] = ([["x"]], [{"a": 1}], [5], 7)
DONE: tuple[Any, ...] = (["u"], {}, 1, None)
KEYS: tuple[Any, ...] = (["\ud800"], [["1"]], {}, 1, ["1", "2"])
FORGED: tuple[Any, ...] = (
    *({**ABOUT, "w": "u", "k": ["1"], "f": fields} for fields in FIELDS),
    *({**ABOUT, "w": what, "k": ["1"]} for what in DONE),
    *({**ABOUT, "w": "d", "k": key} for key in KEYS),
    {**ABOUT, "s": ["public"]},
    [],
    True,
    "text",
)
NESTED = ("[" * 6_900, '{"a":' * 1_300)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Shop]:
    with shop(f"sqlite:///{tmp_path}/shop.sqlite", tmp_path) as opened:
        opened.role("reader", Grant(source="shop", resource="orders", action="row.*"))
        opened.role("french", Grant(source="shop", resource="orders", action="row.*", rows=FRENCH))
        opened.role("stranger", Grant(source="other", action="row.*"))
        yield opened


@pytest.fixture
def postgres(new_postgres_url: str, tmp_path: Path) -> Iterator[Shop]:
    with shop(new_postgres_url, tmp_path) as opened:
        yield opened


def follow(opened: Shop, actor: Actor) -> Subscription:
    return Subscription(opened.app.kernel.services, actor, "shop", "orders")


def lose(opened: Shop, actor: Actor, how: str) -> None:
    users, id = opened.app.kernel.access.users, actor.id.removeprefix("user:")
    if how == "role":
        users.set_roles(id, ("stranger",), by=SYSTEM)
    elif how == "account":
        users.set_active(id, False, by=SYSTEM)
    else:
        users.delete(id, by=SYSTEM)


@pytest.mark.parametrize("how", ["role", "account", "person"])
def test_whoever_loses_their_role_or_account_follows_no_more(small: Shop, how: str) -> None:
    reader = small.person("rea", "reader")
    following = follow(small, reader)
    lose(small, reader, how)
    update(small, 1)
    with pytest.raises(NotFound):
        following.get(5)
    assert following.closed


def update(opened: Shop, key: int) -> None:
    opened.perform("row.update", Target("shop", "orders", str(key)), values={"note": "new"})


def test_another_role_narrows_who_follows_already(small: Shop) -> None:
    reader = small.person("rea", "reader")
    following = follow(small, reader)
    small.app.kernel.access.users.set_roles(reader.id.removeprefix("user:"), ("french",), by=SYSTEM)
    for key in (1, 2, 3):
        update(small, key)
    told = heard(following, lambda found: len(found) >= 2)
    assert {key for key, _ in told} == {"1", "3"}
    assert following.get(0.5) is None
    following.close()


def test_who_follows_with_less_than_they_have_never_gets_more(small: Shop) -> None:
    reader = small.person("rea", "reader")
    following = follow(small, replace(reader, roles=("french",)))
    small.app.kernel.access.users.set_attributes(reader.id.removeprefix("user:"), {"team": "b"}, by=SYSTEM)
    update(small, 2)
    with pytest.raises(NotFound):
        following.get(5)


def test_a_token_that_is_dead_follows_no_more(small: Shop) -> None:
    access = small.app.kernel.access
    person = small.person("rea", "reader").id.removeprefix("user:")
    secret, token = access.tokens.create(person, "follows")
    actor = access.actor_of_token(secret)
    assert actor is not None
    following = follow(small, actor)
    access.tokens.revoke(person, token.id)
    update(small, 1)
    with pytest.raises(NotFound):
        following.get(5)


@pytest.mark.parametrize("forged", [*map(json.dumps, FORGED), *NESTED, "x" * 6_900, ""])
def test_what_anybody_may_say_on_the_channel_ends_no_ear_and_hides_nothing(postgres: Shop, forged: str) -> None:
    postgres.perform("feed.install")
    following = follow(postgres, postgres.owner)
    for _ in range(3):
        postgres.sql("select pg_notify('nx_changes', :said)", said=forged)
    postgres.sql("update orders set note = 'new' where id = 3")
    postgres.sql("select pg_notify('nx_changes', :said)", said=forged)
    assert heard(following, lambda found: ("3", "updated") in found) == [("3", "updated")]
    following.close()


def test_functions_that_others_made_are_never_called_as_whoever_writes(postgres: Shop) -> None:
    postgres.perform("feed.install")
    postgres.sql("create table harmed (who text)")
    postgres.sql(
        "create function public.jsonb_build_object(text, name, text, name, text, boolean) returns jsonb "
        "language plpgsql as $$ begin insert into public.harmed values (current_user); return '{}'; end $$"
    )
    following = follow(postgres, postgres.owner)
    postgres.sql("update orders set note = 'new' where id = 3")
    assert heard(following, bool) == [("3", "updated")]
    with postgres.engine.connect() as connection:
        assert connection.execute(sa.text("select count(*) from harmed")).scalar() == 0
    following.close()


def test_a_function_that_somebody_made_before_us_is_not_theirs_any_more(postgres: Shop) -> None:
    role = f"nx_other_{time.time_ns()}"
    with postgres.engine.begin() as connection:
        connection.execute(sa.text(f"create role {role}"))
    try:
        postgres.sql("create function nx_changes() returns trigger language plpgsql as $$ begin return null; end $$")
        postgres.sql(f"alter function nx_changes() owner to {role}")
        postgres.perform("feed.install")
        with postgres.engine.connect() as connection:
            asked = "select pg_get_userbyid(proowner) = current_user from pg_proc where proname = 'nx_changes'"
            assert connection.execute(sa.text(asked)).scalar() is True
    finally:
        postgres.sql("drop function nx_changes() cascade")
        postgres.sql(f"drop role {role}")


def test_keys_and_names_of_any_length_make_no_write_fail(new_postgres_url: str, tmp_path: Path) -> None:
    longest, long_key = "t" * 63, "\N{GRINNING FACE}" * 2_400
    engine = sa.create_engine(new_postgres_url)
    with engine.begin() as connection:
        for name in (longest, "nx_changes"):
            connection.execute(sa.text(f"create table {name} ({'k' * 63} text primary key, note text)"))
    with shop(new_postgres_url, tmp_path) as opened:
        assert set(opened.perform("feed.install").tables) == {"orders", longest, "nx_changes"}
        for name in (longest, "nx_changes"):
            following = Subscription(opened.app.kernel.services, opened.owner, "shop", name)
            opened.sql(f"insert into {name} values ('short', '')")
            assert heard(following, bool) == [("short", "created")]
            for text in (f"insert into {name} values (:key, '')", f"update {name} set note = 'x' where note <> :key"):
                opened.sql(text, key=long_key)
                batch = following.get(5)
                assert batch is not None
                assert batch.gap
            following.close()
    engine.dispose()
