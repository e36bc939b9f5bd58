"""The bundled plugin that says how far tables and records are filled in."""

import re
from pathlib import Path

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.extensions import bundled_root
from nexus_admin.testing.plugins import PluginContract
from tests.web.world import PASSWORD, served, signed_in

TABLES = """
create table people (id integer primary key, name varchar(40) not null, phone varchar(40), "Home `town`" varchar(40));
insert into people values (1, 'Ada', '1', 'Rome'), (2, 'Bo', null, 'Bern'), (3, 'Cy', null, null), (4, 'Di', '4', '');
"""


RULE = {"field": "id", "op": "le", "value": 2}


class TestCompleteness(PluginContract):
    folder = bundled_root() / "plugins/completeness"


def shares(page: str) -> dict[str, str]:
    lines = re.findall(r"<tr><td>([^<]+)</td>.*?([\d.]+) %</td><td class=\"is-num\">(?:<a[^>]*>)?(\d+)", page)
    return {title: f"{share} {missing}" for title, share, missing in lines}


def test_the_page_counts_what_is_there_and_leads_to_what_is_not(tmp_path: Path) -> None:
    with served(tmp_path, TABLES) as nexus:
        client = signed_in(nexus)
        assert "Choose a table" in client.get("/x/completeness").text
        page = client.get("/x/completeness?table=/s/shop/people").text
        assert shares(page) == {"Phone": "50.0 2", "Home `town`": "75.0 1"}
        link = re.findall(r'<a href="(/s/shop/people\?filter=[^"]+)"', page)[0]
        rows = client.get(link).text
        assert ("Bo" in rows, "Cy" in rows, "Ada" in rows) == (True, True, False)


def test_it_counts_only_what_the_reader_may_see(tmp_path: Path) -> None:
    with served(tmp_path, TABLES) as nexus:
        access, by = nexus.kernel.access, Actor.system("test")
        grants = tuple(
            Grant(action=name, source="shop", resource="people", rows=RULE, fields={"Home `town`": "hidden"})
            for name in ("row.list", "row.read", "query.run")
        )
        access.roles.save(Role(name="few", title="Few", grants=(*grants, Grant(action="completeness.view"))), by=by)
        access.users.create("vic@example.com", password=PASSWORD, roles=("few",), by=by)
        page = signed_in(nexus, "vic@example.com").get("/x/completeness?table=/s/shop/people")
        assert page.status_code == 200
        assert shares(page.text) == {"Phone": "50.0 1"}
