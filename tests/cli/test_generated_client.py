"""A typed server function is an action like any; clients are written for it, and a check names what fits no more."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from e2e.server import Served, serve
from nexus_admin.audit.query import AuditQuery
from nexus_admin.cli.main import app
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.role import Grant, Role
from nexus_admin.sdk import server

QUOTES = '''
from typing import Literal

from pydantic import BaseModel, Field

from nexus_admin.sdk import hookimpl, server


class Quote(BaseModel):
    """What a delivery costs."""

    cents: int
    days: int | None = None
    parcels: list[str] = []


@server("quotes.price", title="Price", writes=False)
def price(unit, grams: int, country: Literal["FR", "DE"] = "FR", parcels: list[str] | None = None) -> Quote:
    """Say what a delivery costs."""
    return Quote(cents=grams * 2, days=3 if country == "FR" else None, parcels=parcels or [])


@server("quotes.close", on="row", resource="orders")
def close(unit, why: str) -> bool:
    """Close an order."""
    unit.rows("orders").update(unit.target.key, note=why)
    return True


@hookimpl
def nexus_actions():
    return [price, close]
'''
USE = """
from nexus_client import Client, NexusProblem


def work(client: Client) -> str:
    quote = client.quotes_price({"grams": 250, "country": "DE"})
    cents: int = quote["cents"]
    done: bool = client.quotes_close_shop_orders("1", {"why": "sold"})
    row = client.read_row_shop_orders("1")
    page = client.list_rows_shop_orders(limit=1, sort="-id")
    made = client.create_row_shop_orders({"id": 9, "number": "A-9"})
    try:
        client.read_row_shop_orders("77")
    except NexusProblem as problem:
        return f"{cents} {done} {row.get('note')} {len(page['rows'])} {made.get('number')} {problem.status}"
    return ""
"""
WRONG = {
    '"grams": 250': '"grams": "250"',
    "cents: int": "cents: str",
    '"country": "DE"': '"country": "IT"',
    '"why"': '"reason"',
}
SCRIPT = """
import { Client, NexusProblem } from "./nexus_client.js"
const client = new Client(process.argv[2], process.env.NEXUS_TOKEN)
const quote = await client.quotesPrice({ grams: 250, country: "DE" })
const row = await client.readRowShopOrders("1")
const page = await client.listRowsShopOrders({ limit: 1, sort: "-id" })
const status = await client.readRowShopOrders("77").catch((error) => error instanceof NexusProblem && error.status)
console.log(JSON.stringify([quote, row.number, page.rows.length, status]))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "plugins/quotes").mkdir(parents=True)
    (folder / "plugins/quotes/plugin.toml").write_text('name = "quotes"\n')
    (folder / "plugins/quotes/__init__.py").write_text(QUOTES)
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.executescript(
            "create table orders (id integer primary key, number text not null, note text);"
            'create table "Odd names" (id integer primary key, "class" text, "two words" decimal(9, 2));'
            "insert into orders values (1, 'A-1', ''), (2, 'A-2', '');"
        )
    return folder


@pytest.fixture(scope="module")
def served(project: Path) -> Iterator[Served]:
    with serve(project, project / "shop.db", project=project) as running:
        yield running


def token(served: Served, name: str, *grants: Grant) -> str:
    access = served.nexus.kernel.access
    access.roles.save(Role(name=name, grants=grants), by=Actor.system("test"))
    return str(access.tokens.create(served.account(name, (name,)).id, "client")[0])


@pytest.fixture
def all_rights(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_TOKEN", token(served, "all", Grant(action="*")))


def generated(*words: str) -> Any:
    return CliRunner().invoke(app, ["generate", "client", *words])


def written(*words: str) -> None:
    done = generated(*words)
    assert done.exit_code == 0, (done.output, done.exception)


def mypy(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), "use.py", "nexus_client.py"],
        cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return done.stdout


@pytest.mark.req("S003-STACK-08")
def test_a_python_client_is_typed_and_calls_a_real_server(
    served: Served, all_rights: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written("--server", served.url, "--out", str(tmp_path))
    (tmp_path / "use.py").write_text(USE)
    assert "Success" in mypy(tmp_path)
    wrong = USE
    for right, one in WRONG.items():
        assert right in wrong
        wrong = wrong.replace(right, one, 1)
    (tmp_path / "use.py").write_text(wrong)
    told = mypy(tmp_path)
    assert f"Found {len(WRONG)} errors" in told or told.count("error:") >= len(WRONG), told
    (tmp_path / "use.py").write_text(USE)
    monkeypatch.syspath_prepend(str(tmp_path))
    found: dict[str, Any] = {}
    exec(compile(USE + "\nfrom nexus_client import Client", "use.py", "exec"), found)
    said = found["work"](found["Client"](served.url, os.environ["NEXUS_TOKEN"]))
    assert said == "500 True sold 1 A-9 404"
    served.nexus.kernel.ledger.state.flush()
    (entry,) = served.nexus.kernel.ledger.find(AuditQuery(actions=("quotes.close",), limit=5)).entries
    assert entry.outcome == "done"


@pytest.mark.req("S003-STACK-08")
def test_a_script_client_is_declared_as_it_is_and_calls_a_real_server(
    served: Served, all_rights: None, tmp_path: Path
) -> None:
    written("--server", served.url, "--language", "js", "--out", str(tmp_path))
    script, declared = ((tmp_path / f"nexus_client{one}").read_text() for one in (".js", ".d.ts"))
    inner = declared.partition("export class Client {")[2]
    methods = dict(re.findall(r"^  (\w+)\((.*)\): Promise<.*>$", inner, re.M))
    there = dict(re.findall(r"^  async (\w+)\((.*)\) \{$", script, re.M))
    assert methods.keys() == there.keys()
    for name, given in there.items():
        names = [one.split(" = ")[0] for one in given.split(", ") if one]
        assert re.findall(r"(?:^|, )(\w+)\??:", methods[name].split("{")[0]) == names, name
    assert 'country?: "FR" | "DE"' in declared
    assert "quotesPrice(data: QuotesPriceInput): Promise<QuotesPriceOutput>" in declared
    used = set(re.findall(r"[:<(|] ?([A-Z]\w+)", declared)) - {"Promise", "Record", "Error", "FR", "DE"}
    assert used <= set(re.findall(r"(?:interface|class) (\w+)", declared))
    if not (node := shutil.which("node")):
        pytest.skip("There is no node.")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "use.js").write_text(SCRIPT)
    done = subprocess.run([node, "use.js", served.url], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert json.loads(done.stdout) == [{"cents": 500, "days": None, "parcels": []}, "A-1", 1, 404]


@pytest.mark.req("S003-STACK-08")
@pytest.mark.parametrize("language", ["python", "js"])
def test_a_changed_type_fails_the_check_and_is_named(project: Path, tmp_path: Path, language: str) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("*.db-*", "nexus.db*"))
    (copy / "nexus.toml").write_text(f'[sources.shop]\nurl = "{copy}/shop.db"\n')
    words = [
        "--project",
        str(copy),
        "--state",
        str(copy / "s.db"),
        "--out",
        str(tmp_path / "out"),
        "--language",
        language,
    ]
    written(*words)
    written(*words, "--check")
    code = copy / "plugins/quotes/__init__.py"
    code.write_text(
        QUOTES.replace("grams: int", "grams: str").replace("grams * 2", "2").replace("    cents: int", "    cents: str")
    )
    with sqlite3.connect(copy / "shop.db") as connection:
        connection.execute("alter table orders add column weight integer")
    for name in list(sys.modules):
        if "quotes" in name:
            del sys.modules[name]
    done = generated(*words, "--check")
    assert done.exit_code == 1
    texts = {"python": ("int", "str"), "js": ("number", "string")}[language]
    assert f"QuotesPriceInput.grams was {texts[0]} and is {texts[1]}." in done.output
    assert f"QuotesPriceOutput.cents was {texts[0]} and is {texts[1]}." in done.output
    written(*words)
    file = next((tmp_path / "out").glob("nexus_client.[pj]*"))
    file.write_text(file.read_text() + "\n")
    assert "is not what would be written" in generated(*words, "--check").output


def test_a_token_gets_a_client_for_what_it_may(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    see = Grant(source="shop", resource="orders", action="row.read", fields={"note": "hidden"})
    monkeypatch.setenv("NEXUS_TOKEN", token(served, "some", see))
    written("--server", served.url, "--out", str(tmp_path))
    text = (tmp_path / "nexus_client.py").read_text()
    assert "def read_row_shop_orders(" in text
    for hidden in ("update_row", "quotes_price", "Odd", "note:"):
        assert hidden not in text
    monkeypatch.setenv("NEXUS_TOKEN", "nxt_wrong")
    assert isinstance(generated("--server", served.url).exception, Refused)
    assert isinstance(generated("--server", "shop").exception, Refused)


def test_the_guide_shows_a_function_that_is_one(repository: Path) -> None:
    guide = (repository / "docs/guides/typed-clients.md").read_text()
    found: dict[str, Any] = {}
    exec(compile(guide.partition("```python\n")[2].partition("```")[0], "typed-clients.md", "exec"), found)
    (action,) = found["nexus_actions"]()
    assert (action.name, action.on, action.writes) == ("delivery.price", "house", False)
    assert action.run(None, action.input(grams=10)).cents == 20
    assert set(action.input.model_json_schema()["properties"]) == {"grams", "country"}


def test_a_function_that_does_not_say_its_types_is_refused() -> None:
    def untyped(unit: Any, some) -> int:  # type: ignore[no-untyped-def]
        return 1

    def silent(unit: Any):  # type: ignore[no-untyped-def]
        return 1

    def many(unit: Any, *some: int) -> int:
        return 1

    for function, said in ((untyped, "of what type some is"), (silent, "what the function returns"), (many, "some")):
        with pytest.raises(Refused, match=said):
            server("x.y")(function)
