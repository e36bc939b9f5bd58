"""The example needs no outside service: rows, a tool of its own, dashboards and questions over the same database."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from example_app.shop import generate
from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.options import Options
from tests import loopback
from tests.web.world import PASSWORD, csrf, signed_in

PROJECT = Path(__file__).parent.parent.parent / "example_app"


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[TestClient]:
    generate(tmp_path / "shop.db", orders=300)
    urls = (("shop", str(tmp_path / "shop.db")),)
    app = Nexus(options=Options(PROJECT, urls, str(tmp_path / "nexus.db"), allow_writes=True, environ={}))
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
    yield signed_in(app)
    app.kernel.stop()


@pytest.mark.req("S003-PHIL-01")
def test_nothing_leaves_this_machine(ada: TestClient) -> None:
    with loopback.only() as reached:
        form = ada.get("/s/shop/tags/1/edit")
        saved = ada.post("/s/shop/tags/1/edit", data={"_csrf": csrf(form.text), "value.name": "renamed here"})
        assert "renamed here" in saved.text
        payment = ada.get("/api/v1/shop/payments?filter=status:captured&limit=1").json()["keys"][0]
        refund = {"_csrf": csrf(saved.text), "action": "refunds.issue", "value.reason": "It arrived broken"}
        assert "done" in ada.post(f"/s/shop/payments/{payment}/~do", data=refund).text
        assert "Refunded last" in ada.get("/x/refunds").text
        for board in ("sales", "customers"):
            drawn = ada.get(f"/dashboards/{board}").text
            assert "nx-widget__error" not in drawn
        question = {"source": "shop", "resource": "orders", "dimensions": ["status"]}
        sent = ada.post("/api/v1/query", json=question, headers={"X-CSRF-Token": csrf(form.text)})
        assert sent.status_code == 200, sent.text
        assert sent.json()["rows"]
    assert reached == []


@pytest.mark.req("S003-PHIL-01")
@pytest.mark.parametrize("host", ["192.0.2.1", "example.com"])
def test_what_would_leave_it_is_refused_and_named(host: str) -> None:
    with loopback.only() as reached, pytest.raises(loopback.ReachedOut, match=host):
        socket.create_connection((host, 80), timeout=1)
    assert any(host in one for one in reached)
