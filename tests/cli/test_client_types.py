"""What `nexus generate types` says of the client for pages is what the client has, and TypeScript believes it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nexus_admin.cli.client_text import PLAIN, client_types
from nexus_admin.cli.main import app

USE = """
import { connect, type Job } from "/client.js"
import type { Orders } from "./shop"
const nexus = connect()
const id: string = await nexus.queue.push("mail", { to: "ana@example.com" }, { priority: 5 })
const jobs: Job[] = await nexus.queue.pop("mail", "more", { wait: 10 })
const at: Date = jobs[0].created_at
const done: number = await nexus.queue.ack(...jobs)
const count: number = await nexus.store.incr("visits", 2, { ttl: 60 })
await nexus.store.incr("visits", { by: 2 })
const end = await nexus.pubsub.subscribe(["news/#"], (what) => what.$ === "Message" ? what.topic : what.lost)
end()
await nexus.stream("users").publish({ name: "ana" }, { type: "user.joined" })
const [event] = await nexus.stream.append("orders", { type: "order.paid", payload: { total: 18 }, key: "42" })
const order: Orders = { id: 1, number: "A-1" }
console.log(id, at, done, count, event.position.seq, order.number)
"""
WRONG = {
    'incr("visits", 2,': ('incr("visits", "2",', "Argument of type 'string' is not assignable"),
    "jobs[0].created_at": ("jobs[0].createdAt", "Property 'createdAt' does not exist on type 'Job'"),
    "nexus.queue.push": ("nexus.queue.psuh", "Property 'psuh' does not exist"),
    "id: 1, number": ("id: 1, nmuber", "'nmuber' does not exist in type 'Orders'"),
}


@pytest.mark.req("S003-KPI-08")
def test_it_has_the_methods_and_nouns_that_the_module_has(repository: Path) -> None:
    folder = repository / "nexus_admin/web/frontend/src/client"
    listed = re.search(r"const PLAIN = \{(.*?)\n\}", (folder / "client.js").read_text(), re.DOTALL)
    assert listed is not None
    found = {
        broker.title(): tuple(re.findall(r'"(\w+)"', names))
        for broker, names in re.findall(r"(\w+): \[(.*?)\]", listed[1], re.DOTALL)
    }
    assert found == PLAIN
    nouns = re.search(r"NOUNS = new Set\(\[(.*?)\]", (folder / "frames.js").read_text(), re.DOTALL)
    assert nouns is not None
    text = client_types()
    for name in re.findall(r'"(\w+)"', nouns[1]):
        assert f'export interface {name} {{\n  $: "{name}"\n' in text


@pytest.fixture
def types(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript("create table orders (id integer primary key, number text not null)")
    (tmp_path / "nexus.toml").write_text(f'[sources.shop]\nurl = "{tmp_path}/shop.db"\n')
    out = tmp_path / "types"
    words = ["generate", "types", "--project", str(tmp_path), "--state", str(tmp_path / "s.db"), "--out", str(out)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return out


def compiled(folder: Path, text: str) -> str:
    """Return what TypeScript says of a page's script beside the types; empty where it is content."""
    program = os.environ.get("NEXUS_TEST_TSC") or shutil.which("tsc")
    if not program:
        pytest.skip("There is no tsc: npm install typescript in some folder, and let NEXUS_TEST_TSC name it.")
    (folder / "use.ts").write_text(text)
    options = {
        "strict": True, "noEmit": True, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
        "paths": {"/client.js": ["./client.d.ts"]},
    }  # fmt: skip
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["use.ts"]}))
    done = subprocess.run([program, "-p", str(folder)], capture_output=True, text=True, timeout=120)
    return done.stdout


@pytest.mark.req("S003-STACK-02")
def test_typescript_accepts_it_and_a_page_that_uses_it_rightly(types: Path) -> None:
    assert compiled(types, USE) == ""


@pytest.mark.req("S003-STACK-02")
@pytest.mark.parametrize("right", WRONG)
def test_what_does_not_fit_is_refused_before_it_runs(types: Path, right: str) -> None:
    wrong, said = WRONG[right]
    assert right in USE
    assert said in compiled(types, USE.replace(right, wrong, 1))
