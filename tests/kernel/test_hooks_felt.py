"""What an extension declares is felt at the doors of the product: rules, kinds, formats, dashboards, checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from tests.kernel.world import plugin
from tests.web.world import PASSWORD, csrf, served, signed_in, without_tokens

SDK = "from nexus_admin.sdk import *\nimport dataclasses\n"
DUTCH = f"""{SDK}
@hookimpl
def nexus_policies():
    def dutch(actor, action, source, resource):
        if resource is None or not actor.name.startswith("Bo"):
            return None
        if resource.name == "orders":
            where = Comparison(("customer", "country"), "eq", "NL")
            return Decision(True, "Bo is Dutch.", rows=where, fields={{"total": "hidden"}}, fingerprint="dutch")
        if action == "row.update":
            return denied("Bo changes nothing.")
    return [dutch]
"""
RAISES = f"""{SDK}
@hookimpl
def nexus_policies():
    def broken(actor, action, source, resource):
        if resource is not None and resource.name == "orders":
            raise OSError("no disk")
    return [broken]
"""
SHOUTS = f"""{SDK}
@hookimpl
def nexus_field_kinds():
    return [FieldKind("shouted", "Shouted", show=lambda value, field, locale: str(value).upper() + "!")]

@hookimpl
def nexus_resource(resource):
    if resource.name == "customers":
        change = lambda one: dataclasses.replace(one, kind="shouted") if one.name == "country" else one
        return dataclasses.replace(resource, fields=tuple(map(change, resource.fields)))
"""
PIPES = f"""{SDK}
def write(fields, rows):
    yield "|".join(one.name for one in fields).encode() + b"\\n"
    for row in rows:
        yield "|".join(str(row[one.name]) for one in fields).encode() + b"\\n"

@hookimpl
def nexus_exporters():
    return [Exporter("psv", "Pipes", "text/plain; charset=utf-8", write)]
"""
BOARD = f"""{SDK}
@hookimpl
def nexus_dashboards():
    one = Placement(widget="metric_card", title="How many", options={{"resource": "orders"}})
    return [Dashboard(name="desk", title="The desk", source="shop", widgets=(one,))]
"""
CHECKS = f"""{SDK}
@hookimpl
def nexus_settings():
    return [Setting("extensions.one.word", "str", "", "A word.")]

@hookimpl
def nexus_checks():
    def look(kernel):
        if not kernel.settings["extensions.one.word"]:
            yield "extensions.one.word says nothing."
    return [Check("words", look)]
"""

pytestmark = pytest.mark.req("S003-PHIL-06")


def bo(nexus: Nexus) -> TestClient:
    """Add somebody whose role allows everything about rows, and sign them in."""
    system = Actor.system("test")
    nexus.kernel.access.users.create("bo@example.com", name="Bo", password=PASSWORD, roles=("editor",), by=system)
    return signed_in(nexus, "bo@example.com")


def test_a_policy_narrows_what_roles_give_at_every_door(tmp_path: Path) -> None:
    plugin(tmp_path, "one", DUTCH)
    with served(tmp_path, project=tmp_path) as nexus:
        ada, narrowed = signed_in(nexus), bo(nexus)
        assert "481.85" in ada.get("/s/shop/orders").text
        page = narrowed.get("/s/shop/orders").text
        assert "A-2" in page
        assert not [word for word in ("A-1", "481.85", "79.42") if word in page]
        assert narrowed.get("/s/shop/orders/1").status_code == 404
        assert narrowed.get("/api/v1/shop/orders?count=exact").json()["count"]["value"] == 2
        assert narrowed.get("/api/v1/shop/orders?sort=total").status_code == 400
        assert "A-1" not in narrowed.get("/s/shop/orders/~export?format=csv").text
        form = {"_csrf": csrf(page), "value.name": "Changed"}
        assert narrowed.post("/s/shop/customers/1/edit", data=form).status_code in (403, 404)
        assert "Changed" not in ada.get("/s/shop/customers/1").text


def test_a_policy_that_raises_denies(tmp_path: Path) -> None:
    plugin(tmp_path, "one", RAISES)
    with served(tmp_path, project=tmp_path) as nexus:
        narrowed = bo(nexus)
        assert "A-2" not in without_tokens(narrowed.get("/s/shop/orders").text)
        assert narrowed.get("/api/v1/shop/orders").status_code in (403, 404)
        assert "Ilse" in narrowed.get("/s/shop/customers").text


def test_a_field_kind_draws_its_values_in_lists_and_records(tmp_path: Path) -> None:
    plugin(tmp_path, "one", SHOUTS)
    with served(tmp_path, project=tmp_path) as nexus:
        ada = signed_in(nexus)
        assert "NL!" in ada.get("/s/shop/customers").text
        assert "NL!" in ada.get("/s/shop/customers/2").text
        assert ada.get("/api/v1/shop/customers/2").json()["country"] == "NL"


def test_an_exporter_is_a_format_of_the_export(tmp_path: Path) -> None:
    plugin(tmp_path, "one", PIPES)
    with served(tmp_path, project=tmp_path) as nexus:
        ada = signed_in(nexus)
        found = ada.get("/api/v1/shop/orders/~export?format=psv&fields=number,total&sort=number&filter=total:<100")
        assert found.text.splitlines() == ["number|total", "A-2|79.42", "A-3|12.50"]
        assert ".psv" in found.headers["content-disposition"]
        assert found.headers["content-type"].startswith("text/plain")


def test_a_dashboard_is_listed_and_drawn(tmp_path: Path) -> None:
    plugin(tmp_path, "one", BOARD)
    with served(tmp_path, project=tmp_path) as nexus:
        ada = signed_in(nexus)
        assert "The desk" in ada.get("/dashboards").text
        page = ada.get("/dashboards/desk?whole=1").text
        assert "How many" in page
        assert "nx-widget__error" not in page


def test_a_check_is_run_and_a_setting_of_its_own_is_read(
    tmp_path: Path, run_command: Callable[..., tuple[object, str]]
) -> None:
    plugin(tmp_path, "one", CHECKS)
    words = ("check", "--project", str(tmp_path), "--state", str(tmp_path / "state.db"))
    code, said = run_command(*words)
    assert code == 1
    assert "extensions.one.word says nothing." in said
    (tmp_path / "nexus.toml").write_text('[extensions.one]\nword = "hello"\n')
    code, said = run_command(*words)
    assert (code, said) == (0, "Nothing is wrong.\n")


@pytest.fixture
def run_command() -> Callable[..., tuple[object, str]]:
    """`run_command("check", …)` runs that and gives the exit code and what was printed."""
    from typer.testing import CliRunner

    from nexus_admin.cli.main import app

    def running(*words: str) -> tuple[object, str]:
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.output

    return running
