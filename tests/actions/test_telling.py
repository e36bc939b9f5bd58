"""What is published of a committed call: each changed row once, whatever the way, and no values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.brokers.pubsub import Message, PubSub, Subscription
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.target import Target
from tests.web.world import served

TABLES = """
create table customers (id integer primary key, name text not null);
create table "odd/+#$" (code text primary key, note text,
  customer_id integer references customers on delete cascade);
insert into customers values (1, 'Ada'), (2, 'Bo');
insert into "odd/+#$" values ('a/b', 'one', 1), ('$c#', 'two', 1);
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as nexus:
        yield nexus


@pytest.fixture
def heard(app: Nexus) -> Iterator[Subscription]:
    with app.kernel.services.get(PubSub).subscribe("rows/#", "events/#") as subscription:
        yield subscription


def perform(app: Nexus, action: str, key: str | None, data: dict[str, Any], table: str = "customers") -> Any:
    return app.kernel.perform(Call(action, Target("shop", table, key), data, owner(app)))


def owner(app: Nexus) -> Actor:
    user = app.kernel.access.users.by_email("ada@example.com")
    assert user is not None
    actor = app.kernel.access.actor_of_user(user.id)
    assert actor is not None
    return actor


def told(heard: Subscription) -> dict[str, Any]:
    found = [one for one in heard.until_quiet(0) if isinstance(one, Message)]
    return {one.topic: one.value for one in found if one.topic.startswith("rows/")}


def test_a_write_is_told_with_its_key_and_without_a_value(app: Nexus, heard: Subscription) -> None:
    done = perform(app, "row.update", "2", {"values": {"name": "A SECRET"}})
    (message,) = [one for one in heard.until_quiet(0) if one.topic == "rows/shop/customers/2"]
    assert message.value == {
        "action": "row.update", "by": owner(app).id, "name": owner(app).name, "entry": done.entry, "key": "2",
        "what": "updated", "fields": ["name"],
    }  # fmt: skip
    assert "SECRET" not in json.dumps(message.value)


def test_what_goes_along_with_a_row_and_what_comes_back_by_undo_is_told_too(app: Nexus, heard: Subscription) -> None:
    done = perform(app, "row.delete", "1", {})
    odd = "rows/shop/odd~2F~2B~23~24"
    gone = told(heard)
    assert {topic: one["what"] for topic, one in gone.items()} == {
        "rows/shop/customers/1": "deleted", f"{odd}/a~7E2Fb": "deleted", f"{odd}/~7E24c~7E23": "deleted",
    }  # fmt: skip
    assert {one["key"] for one in gone.values()} == {"1", "a~2Fb", "~24c~23"}
    app.kernel.perform(Call("change.undo", Target("shop"), {"entry": done.entry}, owner(app)))
    assert {topic: one["what"] for topic, one in told(heard).items()} == dict.fromkeys(gone, "created")


def test_a_row_that_moved_is_gone_under_its_old_key(app: Nexus, heard: Subscription) -> None:
    perform(app, "row.update", "2", {"values": {"id": 9}})
    assert {topic: one["what"] for topic, one in told(heard).items()} == {
        "rows/shop/customers/2": "deleted", "rows/shop/customers/9": "created",
    }  # fmt: skip


def test_many_rows_are_told_one_by_one_and_what_fails_not_at_all(app: Nexus, heard: Subscription) -> None:
    perform(app, "rows.update", None, {"keys": ["1", "2"], "values": {"name": "Both"}})
    assert set(told(heard)) == {"rows/shop/customers/1", "rows/shop/customers/2"}
    with pytest.raises(NexusError):
        perform(app, "rows.update", None, {"keys": ["1", "none"], "values": {"name": "Neither"}})
    assert told(heard) == {}


def test_events_of_the_house_have_a_topic_of_their_own(app: Nexus, heard: Subscription) -> None:
    data = {"key": "lists.page_size", "value": "25"}
    app.kernel.perform(Call("settings.change", Target("nexus"), data, owner(app)))
    found = [one for one in heard.until_quiet(0) if isinstance(one, Message)]
    assert [one.topic for one in found] == ["events/settings.changed"]
    assert found[0].value == {"target": "nexus", "by": owner(app).id}  # and not what it was set to


def test_telling_nobody_any_more_does_not_undo_what_was_done(app: Nexus) -> None:
    app.kernel.services.get(PubSub).close()
    perform(app, "row.update", "2", {"values": {"name": "Still"}})
    assert perform(app, "row.read", "2", {}).row["name"] == "Still"
