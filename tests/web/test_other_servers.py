"""Nexus as an ASGI app: behind other servers than the one that `nexus serve` starts, and inside other apps."""

from __future__ import annotations

import importlib.util
import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from websockets.sync.client import connect

from nexus_admin import Nexus
from nexus_admin.kernel.options import Options
from tests.ports import free_port
from tests.web.world import PASSWORD, TABLES, csrf

SERVERS = {
    "uvicorn": ["-m", "uvicorn", "--host", "127.0.0.1", "--port", "{port}", "main:app"],
    "hypercorn": ["-m", "hypercorn", "--bind", "127.0.0.1:{port}", "main:app"],
    "granian": ["-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}", "main:app"],
}
APP = """
from nexus_admin import Nexus
from nexus_admin.kernel.options import Options

app = Nexus(options=Options(urls=(("shop", "shop.db"),), state="nexus.db", allow_writes=True))
"""
OWNER = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}


@contextmanager
def behind(server: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Run the app in *folder* behind *server*; yield its address and the first owner's path."""
    port = free_port()
    said = folder / "said.txt"
    with (
        said.open("w") as out,
        subprocess.Popen(
            [sys.executable, *(one.format(port=port) for one in SERVERS[server])], cwd=folder, stdout=out, stderr=out
        ) as process,
    ):
        try:
            yield f"http://127.0.0.1:{port}", first_owner(said, port, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def first_owner(said: Path, port: int, process: subprocess.Popen[bytes]) -> str:
    """Return the path that it prints, once it answers."""
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline, said.read_text()
        found = re.search(r"first owner: (/set-up/\S+),", said.read_text())
        if found:
            try:
                httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=10)
            except httpx2.HTTPError:
                pass
            else:
                return found[1]
        time.sleep(0.1)


@pytest.mark.req("S003-STACK-07")
@pytest.mark.parametrize("server", SERVERS)
def test_the_main_job_is_done_behind_any_asgi_server(server: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(server) is None:
        pytest.skip(f"{server} is not installed.")
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    (tmp_path / "main.py").write_text(APP)
    with (
        behind(server, tmp_path) as (address, path),
        httpx2.Client(base_url=address, follow_redirects=True, timeout=60) as web,
    ):
        assert web.get("/").status_code == 401, "nobody is let in before there is an owner"
        assert "Orders" in web.post(path, data=OWNER).text
        form = web.get("/s/shop/customers/1/edit").text
        saved = web.post("/s/shop/customers/1/edit", data={"_csrf": csrf(form), "value.name": "Renamed"})
        assert "Renamed" in saved.text
        packed = web.get("/s/shop/orders", headers={"accept-encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert web.get("/api/v1/shop/orders?limit=1").json()["rows"]
        lived(address, web)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute("select name from customers where id = 1").fetchone() == ("Renamed",)
    with sqlite3.connect(tmp_path / "nexus.db") as connection:
        assert connection.execute("select count(*) from audit_entry where outcome = 'open'").fetchone() == (0,)


def lived(address: str, web: httpx2.Client) -> None:
    """See that a page is told of a change over its WebSocket."""
    cookie = "; ".join(f"{name}={value}" for name, value in web.cookies.items())
    headers = {"Cookie": cookie, "Origin": address}
    with connect(address.replace("http", "ws") + "/live", additional_headers=headers) as line:
        line.send(json.dumps({"follow": ["rows/shop/customers"]}))
        assert "rows/shop/customers" in str(line.recv(60))
        token = csrf(web.get("/s/shop/customers/2/edit").text)
        web.post("/s/shop/customers/2/edit", data={"_csrf": token, "value.name": "Told"})
        assert "updated" in str(line.recv(60))


@pytest.mark.req("S003-STACK-07")
def test_inside_another_app_every_link_of_a_page_stays_below_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    options = Options(urls=(("shop", str(tmp_path / "shop.db")),), state=str(tmp_path / "nexus.db"), environ={})
    nexus = Nexus(options=options)
    parent = Starlette(routes=[Mount("/admin", nexus), Route("/", lambda _request: PlainTextResponse("ours"))])
    web = TestClient(parent)  # which runs no lifespan: the first request starts Nexus
    try:
        assert web.get("/").text == "ours"
        assert web.get("/admin/").status_code == 401
        found = re.search(r"first owner: (\S+),", capsys.readouterr().err)
        assert found is not None
        assert "Orders" in web.post(f"/admin{found[1]}", data=OWNER).text
        for path in ("/", "/s/shop/orders", "/s/shop/orders/1", "/s/shop/orders/~dashboard", "/audit", "/access"):
            page = web.get(f"/admin{path}")
            assert page.status_code == 200, path
            away = [one for one in re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text) if "/admin/" not in one]
            assert away == [], path
    finally:
        nexus.kernel.stop()
