"""A server function has no door without its permission, refuses what does not fit, and its secrets stand nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.role import Grant
from tests.security.world import FRENCH, TABLES, Browser, add_role, add_user
from tests.web.world import served

CANARY = "CANARY-4111"
CODE = """
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

from nexus_admin.sdk import hookimpl, server


class Card(BaseModel):
    number: SecretStr
    name: str = ""


@server("pay.charge")
def charge(unit, holder: str, card: SecretStr | None = None, cents: int = 1) -> int:
    return len(card.get_secret_value())


@server("pay.many")
def many(unit, cards: list[SecretStr], by: dict[str, SecretBytes] | None = None) -> int:
    return len(cards)


@server("pay.nested")
def nested(unit, first: Card, others: list[Card] = []) -> str:
    return first.number.get_secret_value()


@server("pay.echo", writes=False)
def echo(unit, value: Any) -> Any:
    return value


@server("pay.mark", on="row", resource="customers")
def mark(unit, nick: SecretStr) -> bool:
    unit.rows("customers").update(unit.target.key, nick="marked")
    return True


@hookimpl
def nexus_actions():
    return [charge, many, nested, echo, mark]
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    folder = tmp_path / "plugins/pay"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('name = "pay"\n')
    (folder / "__init__.py").write_text(CODE)
    with served(tmp_path, TABLES, project=tmp_path) as nexus:
        rows = [Grant(source="shop", resource="customers", action=one, rows=FRENCH) for one in ("row.*", "pay.mark")]
        add_role(nexus, "payer", *rows, Grant(action="pay.charge"))
        add_user(nexus, "bo@example.com", "payer")
        add_role(nexus, "reader", *rows[:1])
        add_user(nexus, "ria@example.com", "reader")
        yield nexus


def entries(app: Nexus, action: str) -> list[Any]:
    app.kernel.ledger.state.flush()
    return list(app.kernel.ledger.find(AuditQuery(actions=(action,), limit=50)).entries)


def everything(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in folder.glob("nexus.db*"))


@pytest.mark.parametrize(
    ("action", "given", "status"),
    [
        ("pay.charge", {"holder": "x", "card": CANARY}, 200),
        ("pay.charge", {"holder": "x", "card": CANARY, "cents": "many"}, 422),
        ("pay.charge", {"holder": "x", "card": {"inner": [CANARY]}}, 422),
        ("pay.many", {"cards": [CANARY, CANARY], "by": {"x": CANARY}}, 200),
        ("pay.nested", {"first": {"number": CANARY}, "others": [{"number": CANARY, "name": "n"}]}, 200),
    ],
)
def test_secret_arguments_are_written_nowhere(
    app: Nexus, tmp_path: Path, action: str, given: dict[str, Any], status: int
) -> None:
    answer = Browser(app, "ada@example.com").api("POST", f"/actions/{action}", given)
    assert answer.status_code == status
    assert status == 200 or CANARY not in answer.text
    (entry,) = entries(app, action)
    assert entry.outcome == ("done" if status == 200 else "invalid")
    assert "••••" in str(entry.data)
    assert CANARY.encode() not in everything(tmp_path)


def test_a_secret_for_a_row_is_written_nowhere_either(app: Nexus, tmp_path: Path) -> None:
    bo = Browser(app, "bo@example.com")
    assert bo.api("POST", "/shop/customers/1/actions/pay.mark", {"nick": CANARY}).status_code == 200
    assert bo.api("POST", "/shop/customers/2/actions/pay.mark", {"nick": CANARY}).status_code == 404
    (entry,) = entries(app, "pay.mark")
    assert entry.data == {"nick": "••••"}
    assert CANARY.encode() not in everything(tmp_path)


def test_no_door_leads_to_a_function_without_its_permission(app: Nexus) -> None:
    ria, bo = Browser(app, "ria@example.com"), Browser(app, "bo@example.com")
    assert bo.api("POST", "/actions/pay.charge", {"holder": "x", "card": "1"}).status_code == 200
    for action, given in (("pay.charge", {"holder": "x"}), ("pay.echo", {"value": 1}), ("pay.many", {"cards": []})):
        assert ria.api("POST", f"/actions/{action}", given).status_code in (403, 404)
    assert bo.api("POST", "/actions/pay.echo", {"value": 1}).status_code in (403, 404)
    assert ria.api("POST", "/shop/customers/1/actions/pay.mark", {"nick": "x"}).status_code in (403, 404)
    assert ria.post("/s/shop/customers/1/~do", action="pay.mark", nick="x").status_code in (403, 404)
    assert bo.api("POST", "/shop/orders/1/actions/pay.mark", {"nick": "x"}).status_code in (403, 404)
    assert bo.api("POST", "/actions/pay.mark", {"nick": "x"}).status_code in (400, 403, 404)
    assert not [one for one in entries(app, "pay.mark") if one.outcome == "done"]
    told = ria.client.get("/api/openapi.json").text
    assert "pay." not in told


@pytest.mark.parametrize(
    "body",
    [
        '{"value": %s}' % ("[" * 5_000 + "]" * 5_000), '{"value": 1e999}', '{"value": NaN}',
        '{"value": %s}' % ("1" * 5_000),
        "[]", "1", '"x"', '{"value": 1, "more": 2}', '{"value": 1', '{"unit": 1, "value": 1}', "{}", "",
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_the_function_runs(app: Nexus, body: str) -> None:
    ada = Browser(app, "ada@example.com")
    headers = {"X-CSRF-Token": ada.csrf, "Content-Type": "application/json"}
    answer = ada.client.post("/api/v1/actions/pay.echo", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert "result" not in answer.json()
