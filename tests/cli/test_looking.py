"""What commands tell of a database and of what there is to build with."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.world import plugin

TABLES = """
create table customers (id integer primary key, name text not null, email text, password_hash text);
create table orders (id integer primary key, number text not null unique,
  customer_id integer not null references customers on delete cascade,
  status text not null check (status in ('new', 'paid')), total decimal(10, 2));
create view paid as select * from orders where status = 'paid';
"""
GREETS = """
from pydantic import BaseModel, Field
from nexus_admin.sdk import Action, hookimpl

class Greeting(BaseModel):
    name: str = Field(description="Whom to greet.")

def say(unit, data):
    \"\"\"Greet somebody by name.\"\"\"

@hookimpl
def nexus_actions():
    return [Action("greets.say", Greeting, say, on="house", transaction=False)]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(TABLES)
    return path


def test_what_is_in_a_database_is_told_in_the_promised_shape_and_nothing_is_written(
    command: Callable[..., tuple[object, str, str]], shop: Path
) -> None:
    code, said, _ = command("inspect", str(shop), "--json")
    assert code == 0
    told = json.loads(said)
    assert (told["source"], told["dialect"]) == ("shop", "sqlite")
    assert isinstance(told["unsure"], list)
    found = {one["name"]: one for one in told["resources"]}
    promised = {"name", "schema", "type", "key", "title", "writable", "estimated_rows", "fields", "relations"}
    assert all(promised <= one.keys() for one in found.values())
    orders, fields = found["orders"], {one["name"]: one for one in found["orders"]["fields"]}
    assert (orders["schema"], orders["type"], orders["key"], orders["title"]) == (None, "table", ["id"], ["number"])
    assert (found["paid"]["type"], found["paid"]["writable"]) == ("view", False)
    assert all(
        {"name", "kind", "required", "writable", "secret", "choices", "relation"} <= one.keys()
        for one in fields.values()
    )
    assert (fields["status"]["kind"], fields["status"]["choices"]) == ("enum", ["new", "paid"])
    assert (fields["number"]["required"], fields["number"]["choices"], fields["number"]["relation"]) == (
        True, None, None,
    )  # fmt: skip
    assert {**fields["customer_id"]["relation"], "resource": "customers", "field": "id"} == (
        fields["customer_id"]["relation"]
    )
    assert {one["name"]: one["secret"] for one in found["customers"]["fields"]}["password_hash"]
    (many,) = found["customers"]["relations"]
    assert (many["name"], many["to"], many["many"], many["declared"], many["evidence"]) == (
        "orders", "orders", True, True, None,
    )  # fmt: skip
    assert [one.name for one in shop.parent.iterdir()] == ["shop.db"]


def test_people_read_it_in_lines(command: Callable[..., tuple[object, str, str]], shop: Path) -> None:
    _, said, _ = command("inspect", str(shop), "--name", "lamps")
    lines = said.splitlines()
    assert lines[0] == "lamps: sqlite, 3 tables and views"
    assert "orders: Orders, about 0 rows, key id, titled by number" in lines
    assert "  status       enum, one of new | paid, required, a guess: A check lists its values" in lines
    assert "  → customer: one row of customers" in lines


def test_a_project_s_own_files_count_and_its_sources_have_names(
    command: Callable[..., tuple[object, str, str]], shop: Path, tmp_path: Path
) -> None:
    own = tmp_path / "project/resources/shop"
    own.mkdir(parents=True)
    (own / "orders.toml").write_text('title = "Purchases"\n')
    (tmp_path / "project/nexus.toml").write_text(f'[sources.shop]\nurl = "{shop}"\n')
    words = ("--json", "--project", str(tmp_path / "project"), "--state", str(tmp_path / "state.db"))
    for where in ("shop", str(shop)):
        _, said, _ = command("inspect", where, *words)
        found = {one["name"]: one["label"] for one in json.loads(said)["resources"]}
        assert found["orders"] == "Purchases"
    code, _, complaint = command("inspect", "shp", *words)
    assert code == 1
    assert "There is no data source called 'shp'. Did you mean 'shop'?" in complaint


def test_what_there_is_is_listed_with_what_extensions_add(
    command: Callable[..., tuple[object, str, str]], tmp_path: Path
) -> None:
    plugin(tmp_path, "greets", GREETS)
    where = ("--project", str(tmp_path), "--state", str(tmp_path / "state.db"))
    _, said, _ = command("describe", "--json", *where)
    told = json.loads(said)
    silent = [(heading, one["name"]) for heading, things in told.items() for one in things if not one["about"]]
    assert silent == []
    actions = {one["name"]: one for one in told["actions"]}
    assert actions["greets.say"]["owner"] == "plugins/greets"
    assert actions["greets.say"]["input"]["properties"]["name"]["description"] == "Whom to greet."
    assert {"row.list", "change.undo"} <= actions.keys()
    assert "properties" in {one["name"]: one for one in told["widgets"]}["metric_card"]["options"]
    assert {"nexus_actions", "nexus_widgets"} <= {one["name"] for one in told["hooks"]}
    assert {"type": "int", "default": 50}.items() <= next(
        one for one in told["settings"] if one["name"] == "lists.page_size"
    ).items()
    _, said, _ = command("describe", "greets", *where)
    assert said.split() == ["Actions", "greets.say", "Greet", "somebody", "by", "name."]
