"""`nexus generate types`: models that read what the API sends, and text that changes only with the structure."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nexus_admin.cli.main import app
from nexus_admin.cli.type_text import python_types, script_types
from nexus_admin.domain.resource import Field, Resource, Schema
from tests.web.world import served, signed_in

SCRIPT = """\
// Rows of shop as the API sends them. Written by `nexus generate types`.

export interface Customers {
  "id": number;
  "name": string;
  "country": string | null;
}

export interface Orders {
  "id": number;
  "number": string;
  "customer_id": number;
  "total": string;
}
"""
ORDERS = """
class Orders(BaseModel):
    'orders'

    model_config = ConfigDict(populate_by_name=True)

    id: int
    number: str
    customer_id: int
    total: Decimal
"""


def models(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "written"}
    exec(compile(text, "written.py", "exec", dont_inherit=True), found)
    return found


@pytest.mark.req("S003-DATA-05")
def test_the_models_read_what_the_api_sends_and_come_out_the_same_again(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        rows = signed_in(nexus).get("/api/v1/shop/orders").json()["rows"]
    (tmp_path / "nexus.toml").write_text(f'[sources.shop]\nurl = "{tmp_path}/shop.db"\n')
    words = ["generate", "types", "--project", str(tmp_path), "--state", str(tmp_path / "s.db"), "--out"]
    for folder in ("one", "two"):
        done = CliRunner().invoke(app, [*words, str(tmp_path / folder)])
        assert done.exit_code == 0, done.output + str(done.exception)
    text = (tmp_path / "one/shop.py").read_text()
    assert text == (tmp_path / "two/shop.py").read_text()
    assert (tmp_path / "one/shop.d.ts").read_text() == SCRIPT
    assert ORDERS in text
    read = models(text)["Orders"].model_validate(rows[0])
    assert (read.number, str(read.total)) == (rows[0]["number"], rows[0]["total"])
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("alter table orders add column note text")
    CliRunner().invoke(app, [*words[:-2], str(tmp_path / "new.db"), "--out", str(tmp_path / "three")])
    assert "note: str | None = None" in (tmp_path / "three/shop.py").read_text()


@pytest.mark.req("S003-DATA-05")
def test_odd_names_are_spelled_and_read_by_their_own() -> None:
    odd = ("class", "Full name", "full_name", "1st", "json", "model_config", "日", 'a"b\\', "_", "")
    fields = tuple(Field(name, name, "text") for name in odd)
    choices = Field("status", "Status", "enum", nullable=False, choices=("paid", 'o"pen'))
    tables = {
        name: Resource("s", name, name, name, name, key=(), fields=(*fields, choices))
        for name in ("a b", "a.b", "9", "None")
    }
    schema = Schema("s", "sqlite", tables)
    made = models(python_types(schema))
    row = {**dict.fromkeys(odd, "x"), "status": "paid"}
    for title in ("AB", "AB_2", "Table9", "TableNone"):
        assert made[title].model_validate(row).model_dump(by_alias=True) == row
        with pytest.raises(ValueError, match="status"):
            made[title].model_validate({**row, "status": "lost"})
    assert '"status": "paid" | "o\\"pen";' in script_types(schema)


@pytest.mark.req("S003-CHAL-02")
def test_what_the_database_changed_is_shown_as_a_diff_of_the_types(tmp_path: Path) -> None:
    with served(tmp_path):
        (tmp_path / "nexus.toml").write_text(f'[sources.shop]\nurl = "{tmp_path}/shop.db"\n')
    words = ["generate", "types", "--project", str(tmp_path), "--state", str(tmp_path / "s.db"), "--out", str(tmp_path)]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert CliRunner().invoke(app, [*words, "--check"]).exit_code == 0
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("alter table orders add column note text")
    before = (tmp_path / "shop.py").read_text()
    told = CliRunner().invoke(app, [*words, "--check"])
    assert told.exit_code == 1
    assert "+    note: str | None = None" in told.output
    assert (tmp_path / "shop.py").read_text() == before  # looking changes nothing
    assert "+    note: str | None = None" in CliRunner().invoke(app, words).output
    assert CliRunner().invoke(app, [*words, "--check"]).output == ""


@pytest.mark.req("S003-CHAL-02")
def test_types_are_written_anew_while_somebody_works_on_the_tables(tmp_path: Path) -> None:
    with served(tmp_path):
        (tmp_path / "nexus.toml").write_text(f'[sources.shop]\nurl = "{tmp_path}/shop.db"\n')
    words = ["generate", "types", "--project", str(tmp_path), "--state", str(tmp_path / "s.db"), "--out", str(tmp_path)]
    command = [sys.executable, "-m", "nexus_admin", *words, "--watch", "--every", "0.1"]
    watching = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for text, change in (("class Orders", "alter table orders add column note text"), ("note: str", "")):
            deadline = time.monotonic() + 60
            path = tmp_path / "shop.py"
            while not path.exists() or text not in path.read_text():
                assert watching.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            with sqlite3.connect(tmp_path / "shop.db") as connection:
                connection.execute(change)
    finally:
        watching.terminate()
        watching.wait(20)
