"""A generated client is code that somebody runs: nothing that a description says becomes code of it, or leads away."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from nexus_admin.cli.main import app
from nexus_admin.domain.errors import Refused

HARM = "__import__('pathlib').Path('harmed').touch()"
SAID = (
    'He said "hi"',
    f'a"""\n{HARM}\n"""',
    "a\\",
    "*/ globalThis.harmed = 1 /*",
    "a\x00b\u202ec\ud800d",
    "`${1}`",
    '"',
)
NAMES = (
    "a'b",
    "__class__",
    "class",
    "x\ny",
    f"']}}); {HARM}#",
    "ﬁ",
    "²",
    "日本",
    "`${globalThis.harmed = 1}`",
    '"',
    "\ud800",
)
SHAPES = ("any", "typedDict", "valueError", "exception", "promise", "record", "error", "true", "日本", "2x", "client")
REFUSED: tuple[dict[str, Any], ...] = (
    {"path": f"/api/{{{HARM}}}/{{key}}"},
    {"path": f'/api/" + {HARM} + "'},
    {"path": "/api/`${globalThis.harmed = 1}`"},
    {"path": "/api/../admin\n"},
    {"path": "/api/{k = globalThis.harmed}", "places": ("k = globalThis.harmed",)},
    {"path": "/api/{key}", "places": ()},
    {"path": "/api/x", "places": ("key",)},
    {"query": (f"x: {HARM}",)},
    {"query": ("self",)},
    {"query": ("data",)},
)


def description(
    path: str = "/api/v1/actions/x.y", places: tuple[str, ...] = (), query: tuple[str, ...] = (), about: str = "Do it.",
    shape: str = "x.y", names: tuple[str, ...] = ("a",), verb: str = "post", id: str = "doAction.x.y",
) -> dict[str, Any]:  # fmt: skip
    """Return the description of an API with one operation."""
    text = {"type": "string"}
    given = {"schema": {"$ref": f"#/components/schemas/{shape}"}}
    fields: dict[str, Any] = {name: {"enum": [name, None]} for name in names}
    return {
        "components": {"schemas": {shape: {"type": "object", "properties": {**fields, "more": True}}}},
        "paths": {path: {"summary": "of the path", verb: {
            "operationId": id, "summary": about,
            "parameters": [{"name": one, "in": "path", "schema": text} for one in places]
            + [{"name": one, "in": "query", "schema": text} for one in query],
            "requestBody": {"content": {"application/json": given}},
            "responses": {"200": {"content": {"application/json": given}}},
        }}},
    }  # fmt: skip


class Server:
    """A server that describes itself as it likes, and notes what it is asked with."""

    def __init__(self) -> None:
        self.says: Any = description()
        self.leads_to = ""
        self.tokens: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.tokens.append(self.headers.get("Authorization"))
                self.send_response(302 if outer.leads_to else 200)
                self.send_header("Location", outer.leads_to)
                self.end_headers()
                self.wfile.write(json.dumps(outer.says).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


@pytest.fixture
def other() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


def generated(server: Server, folder: Path, *words: str) -> Result:
    given = ["generate", "client", "--server", server.url, "--out", str(folder), *words]
    return CliRunner().invoke(app, given, env={"NEXUS_TOKEN": "nxt_mine"})


def checked(server: Server, folder: Path) -> None:
    """Write both clients; both are what they would be with harmless names, and run nothing when they are loaded."""
    for words in ((), ("--language", "js")):
        done = generated(server, folder, *words)
        assert done.exit_code == 0, done.exception
        assert generated(server, folder, *words, "--check").exit_code == 0
    tree = ast.parse((folder / "nexus_client.py").read_bytes())
    kinds = {type(one) for one in tree.body}
    assert kinds <= {ast.Expr, ast.ImportFrom, ast.Import, ast.ClassDef, ast.FunctionDef, ast.Assign}
    called = {one.func.id for one in ast.walk(tree) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}
    assert called <= {
        "TypedDict",
        "cast",
        "str",
        "isinstance",
        "_read",
        "_place",
        "ValueError",
        "NexusProblem",
        "super",
    }
    names = [one.name for one in tree.body if isinstance(one, ast.ClassDef)]
    assert len(names) == len(set(names))
    text = "".join(one.read_text("utf-8") for one in folder.glob("nexus_client.*"))
    assert not {"\x00", "\u202e"} & set(text)
    if node := shutil.which("node"):
        (folder / "package.json").write_text('{"type": "module"}')
        code = "await import('./nexus_client.js'); if (globalThis.harmed) throw new Error('harmed')"
        done_there = subprocess.run(
            [node, "--input-type=module", "-e", code], cwd=folder, capture_output=True, text=True
        )
        assert done_there.stderr == ""
    declared = (folder / "nexus_client.d.ts").read_text("utf-8")
    assert declared.count("*/") == declared.count("/**") == 1


@pytest.mark.parametrize("about", SAID)
def test_what_an_action_says_of_itself_is_no_code(server: Server, tmp_path: Path, about: str) -> None:
    server.says = description(about=about)
    checked(server, tmp_path)


def test_names_of_columns_are_no_code(server: Server, tmp_path: Path) -> None:
    server.says = description(names=NAMES)
    checked(server, tmp_path)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_table_takes_a_name_that_the_client_needs_itself(server: Server, tmp_path: Path, shape: str) -> None:
    server.says = description(shape=shape)
    checked(server, tmp_path)
    assert f"class {shape[0].upper()}{shape[1:]}(TypedDict)" not in (tmp_path / "nexus_client.py").read_text()


@pytest.mark.parametrize("id", ["2fa.go", "日本", "class", "__init__", "constructor"])
def test_whatever_an_action_is_called_it_is_a_method(server: Server, tmp_path: Path, id: str) -> None:
    server.says = description(id=id)
    checked(server, tmp_path)


@pytest.mark.parametrize("given", REFUSED)
def test_no_client_is_written_for_addresses_that_are_none_of_ours(
    server: Server, tmp_path: Path, given: dict[str, Any]
) -> None:
    server.says = description(**given)
    for words in ((), ("--language", "js")):
        assert isinstance(generated(server, tmp_path, *words).exception, Refused)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("says", [[], {}, {"components": {"schemas": []}, "paths": {"/api": []}}, {"paths": 1}])
def test_what_is_no_description_is_refused(server: Server, tmp_path: Path, says: Any) -> None:
    server.says = says
    assert isinstance(generated(server, tmp_path).exception, Refused)


def test_a_verb_that_is_none_becomes_no_call(server: Server, tmp_path: Path) -> None:
    server.says = description(verb=f'post", {HARM}, "')
    assert generated(server, tmp_path).exit_code == 0
    assert "__" + "import" not in (tmp_path / "nexus_client.py").read_text().lower()


def test_the_token_goes_to_the_server_that_was_named_alone(
    server: Server, other: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.leads_to = f"{other.url}/api/openapi.json"
    generated(server, tmp_path)
    assert (server.tokens, other.tokens) == (["Bearer nxt_mine"], [None])
    server.leads_to, server.says = "", description(verb="get", path="/api/v1/shop/orders/{key}", places=("key",))
    del server.says["paths"]["/api/v1/shop/orders/{key}"]["get"]["requestBody"]
    assert generated(server, tmp_path).exit_code == 0
    found: dict[str, Any] = {"__name__": "nexus_client"}
    exec(compile((tmp_path / "nexus_client.py").read_text(), "nexus_client.py", "exec"), found)
    client = found["Client"](server.url, "nxt_mine")
    server.leads_to = f"{other.url}/api/v1/shop/orders/1"
    client.x_y("1")
    assert other.tokens == [None, None]
    for key in ("", ".", ".."):
        with pytest.raises(ValueError, match="another address"):
            client.x_y(key)


def test_a_key_leads_a_script_to_no_other_address(server: Server, tmp_path: Path) -> None:
    server.says = description(path="/api/v1/shop/orders/{key}", places=("key",))
    assert generated(server, tmp_path, "--language", "js").exit_code == 0
    if not (node := shutil.which("node")):
        pytest.skip("There is no node.")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    code = (
        "import { Client } from './nexus_client.js'; const asked = [];"
        "const fetch = async (url) => { asked.push(new URL(url).pathname); return { ok: true, text: async () => '' } };"
        "const client = new Client('http://x.example', 't', { fetch });"
        "for (const key of ['..', '.', '', '../../x', '1']) await client.xY(key, {}).catch(() => {});"
        "console.log(asked.join(' '))"
    )
    done = subprocess.run([node, "--input-type=module", "-e", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["/api/v1/shop/orders/..%2F..%2Fx", "/api/v1/shop/orders/1"]


@pytest.mark.parametrize(
    "kept", ["[]", "{}", '{"methods": [], "types": {}}', '{"methods": {"a": {}}, "types": {"b": 1}}', "[" * 5000]
)
def test_a_check_of_a_file_that_was_meddled_with_fails_plainly(server: Server, tmp_path: Path, kept: str) -> None:
    assert generated(server, tmp_path).exit_code == 0
    (tmp_path / "nexus_client.json").write_text(kept)
    done = generated(server, tmp_path, "--check")
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)


def test_a_check_finds_every_byte_and_says_nothing_that_a_terminal_obeys(server: Server, tmp_path: Path) -> None:
    assert generated(server, tmp_path).exit_code == 0
    file, beside = tmp_path / "nexus_client.py", tmp_path / "nexus_client.json"
    written = file.read_bytes()
    for changed in (written.replace(b"\n", b"\r\n"), b"\xff" + written, written + b" "):
        file.write_bytes(changed)
        assert generated(server, tmp_path, "--check").exit_code == 1
    beside.write_text(json.dumps({"methods": {"\x1b]0;x\x07": "\x1b[2J"}, "types": {}}))
    done = generated(server, tmp_path, "--check")
    assert done.exit_code == 1
    assert "\x1b" not in done.output
