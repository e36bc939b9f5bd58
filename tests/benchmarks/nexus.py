"""Nexus under measurement: `nexus serve` of a shop, asked by somebody signed in whose role has row rules."""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import httpx2

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import SourceDown
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.options import Options
from tests.benchmarks.bare import COLUMNS
from tests.benchmarks.load import Ask
from tests.benchmarks.served import Served, launched
from tests.benchmarks.work import (
    DEEP,
    DEEP_PAGE,
    EDIT_FORM,
    FILTERED,
    FIRST,
    LAST_PAGE,
    RECORD,
    SEARCH,
    UPDATE,
    Peer,
    facts,
)

EMAIL, PASSWORD = "agent@example.com", "a long passphrase 77"
RULES = {
    "orders": {"field": "total", "op": "ge", "value": 0},
    "customers": {"field": "country", "op": "ne", "value": "XX"},
}
ACTIONS = ("row.list", "row.read", "row.update", "row.create")
LIST = f"/s/shop/orders?sort=-placed_at,-id&fields={','.join(COLUMNS)}"


def options(url: str, folder: Path) -> Options:
    """Return how Nexus is started on the shop at *url*, its own state in *folder*."""
    plain = url.removeprefix("sqlite:///")
    return Options(urls=(("shop", plain),), state=str(folder / "nexus.db"), allow_writes=True, environ={})


def hire(app: Nexus) -> None:
    """Make the role with its row rules, and who holds it; wait until the structure of the shop was read."""
    grants = [Grant(source="shop", resource=name, action=action, rows=RULES.get(name))
              for name in structure(app).resources for action in ACTIONS]  # fmt: skip
    system = Actor.system("benchmark")
    app.kernel.access.roles.save(Role(name="agent", grants=tuple(grants)), by=system)
    app.kernel.access.users.create(EMAIL, password=PASSWORD, roles=("agent",), by=system)


def structure(app: Nexus, patience: float = 60) -> Schema:
    """Return the shop's schema as soon as it is known."""
    began = time.monotonic()
    while True:
        try:
            return app.kernel.sources.get("shop").schema
        except SourceDown:
            if time.monotonic() - began > patience:
                raise
            time.sleep(0.1)


@contextmanager
def serve(url: str, more: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Serve the shop at *url* by the command that everybody uses, after its structure was read once.

    Args:
        url: The shop's.
        more: Added to the environment of the process that serves.
    """
    with tempfile.TemporaryDirectory() as folder:
        app = Nexus(options=options(url, Path(folder)))
        app.start()
        hire(app)
        app.kernel.stop()
        command = [sys.executable, "-m", "nexus_admin", "serve", url.removeprefix("sqlite:///"), "--name", "shop"]
        command += ["--state", f"{folder}/nexus.db", "--project", folder, "--allow-writes"]
        unlimited = {"NEXUS_API__REQUESTS_PER_MINUTE": "100000000"}
        with launched(
            lambda port: [*command, "--port", str(port)], {**unlimited, **(more or {})}, path="/sign-in"
        ) as served:
            yield served


@contextmanager
def signed_in(url: str) -> Iterator[httpx2.Client]:
    """Give a client that holds a session."""
    with httpx2.Client(base_url=url, timeout=60) as client:
        answer = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        yield client


def link_to_next(page: str) -> str:
    """Return the address of the page after *page*."""
    found = re.search(r'<a[^>]*href="([^"]+)"[^>]*rel="next"|<a[^>]*rel="next"[^>]*href="([^"]+)"', page)
    assert found is not None
    return unescape(found[1] or found[2])


def asks(url: str, app: Served) -> Mapping[str, Ask]:
    """Return what Nexus is asked: the same as the bare application, by somebody who is signed in."""
    known = facts(url)
    with signed_in(app.url) as client:
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
        first = client.get(LIST).text
        count = known.count if known.count <= DEEP else DEEP
        deep = link_to_next(client.get(f"{LIST}&page={max(count // 50 - 1, 2)}").text)
        token = re.search(r'name="_csrf" value="([^"]+)"', first)
        assert token is not None
    records = tuple(f"/s/shop/orders/{key}" for key in known.keys)
    edits = tuple(f"{path}/edit" for path in records)
    program = {"Content-Type": "application/json", "X-CSRF-Token": token[1], **cookie}
    statuses = ("delivered", "packed", "returned", "shipped")
    words = ("vogel", "kim", "%C3%B8", "okafor9")
    return {
        FIRST: Ask((LIST,), headers=cookie),
        FILTERED: Ask(tuple(f"{LIST}&filter=status:{status}" for status in statuses), headers=cookie),
        DEEP_PAGE: Ask((deep,), headers=cookie),
        LAST_PAGE: Ask((f"{LIST}&after=last",), headers=cookie),
        SEARCH: Ask(tuple(f"/s/shop/customers?search={word}" for word in words), headers=cookie),
        RECORD: Ask(records, headers=cookie),
        EDIT_FORM: Ask(edits, headers=cookie),
        UPDATE: Ask(
            tuple(f"/api/v1{path.removeprefix('/s')}" for path in records), "PATCH", program, '{"note": "number {n}"}'
        ),
    }


NEXUS = Peer("nexus", serve, asks)
