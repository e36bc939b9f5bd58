"""The bundled plugin that counts changes by day, table and person."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.domain.action import Call, Event
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target
from nexus_admin.kernel.extensions import bundled_root
from nexus_admin.testing.plugins import PluginContract
from plugins.activity.counting import count, counted
from tests.waiting import until
from tests.web.world import PASSWORD, served, signed_in

TABLES = """
create table people (id integer primary key, name varchar(40) not null);
create table secrets (id integer primary key, name varchar(40) not null);
insert into people values (1, 'Ada'), (2, 'Bo'), (3, 'Cy');
"""


class TestActivity(PluginContract):
    folder = bundled_root() / "plugins/activity"


class Kept(dict[str, dict[str, Any]]):
    """Rows as a fold and its reader are given them."""

    def put(self, key: str, row: Any) -> None:
        self[key] = dict(row)

    def rows(self, after: str = "", begins: str = "", limit: int = 1000) -> Any:
        return [one for one in sorted(self.items()) if one[0] > after and one[0].startswith(begins)][:limit]


def test_each_change_is_counted_for_its_day_table_and_person() -> None:
    kept, now = Kept(), datetime.now(UTC)
    for name, data in [
        ("row.created", {}), ("row.updated", {}), ("row.updated", {}), ("rows.updated", {"rows": 5}),
        ("rows.deleted", {"rows": "?"}), ("source.boxed", {}),
    ]:  # fmt: skip
        count(kept, Event(name, Target("shop", "people"), data, "user:1", "Ada", at=now))
    count(kept, Event("row.deleted", Target("shop", "people"), {}, "user:1", at=datetime(2020, 1, 1, tzinfo=UTC)))
    (one,) = counted(kept, 7)
    assert (one.day, one.table, one.by) == (now.date(), ("shop", "people"), "Ada")
    assert (one.made, one.changed, one.deleted, one.rows) == (1, 7, 0, 8)
    assert [each.day for each in counted(kept, 366 * 20)] == [date(2020, 1, 1), now.date()]


def bars(page: str) -> dict[str, str]:
    lines = re.findall(
        r'<th scope="row" class="nx-trunc" title="([^"]+)">.*?<td class="nx-num nx-subtle">([\d,]+)', page
    )
    return dict(lines)


@pytest.mark.req("S002-STREAM-05")
def test_the_page_shows_what_was_changed_in_tables_that_the_reader_may_see(tmp_path: Path) -> None:
    with served(tmp_path, TABLES, allow_writes=True) as nexus:
        client = signed_in(nexus)
        assert "Nothing was changed" in client.get("/x/activity").text
        ada = nexus.kernel.access.users.by_email("ada@example.com")
        owner = nexus.kernel.access.actor_of_user(ada.id) if ada else None
        assert owner is not None
        made = Call("row.create", Target("shop", "secrets"), {"values": {"id": 1, "name": "x"}}, owner)
        nexus.kernel.perform(made)
        many = {"keys": ["1", "2"], "values": {"name": "Di"}}
        nexus.kernel.perform(Call("rows.update", Target("shop", "people"), many, owner))
        until(lambda: "Rows by day" in client.get("/x/activity?days=7").text)
        until(lambda: bars(client.get("/x/activity?days=7").text).get("Secrets") == "1")
        page = client.get("/x/activity?days=7").text
        assert bars(page) == {"People": "2", "Secrets": "1", owner.name: "3"}
        access, by = nexus.kernel.access, Actor.system("test")
        grants = (Grant(action="row.list", source="shop", resource="people"), Grant(action="activity.view"))
        access.roles.save(Role(name="few", title="Few", grants=grants), by=by)
        access.users.create("vic@example.com", password=PASSWORD, roles=("few",), by=by)
        page = signed_in(nexus, "vic@example.com").get("/x/activity?days=7").text
        assert bars(page) == {"People": "2", owner.name: "2"}
        vic = access.users.by_email("vic@example.com")
        asks = access.actor_of_user(vic.id) if vic else None
        assert asks is not None
        told = nexus.kernel.perform(Call("activity.view", Target("nexus"), {}, asks))
        assert {one.table for one in told} == {("shop", "people")}  # however it is asked
