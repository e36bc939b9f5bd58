"""A table, relation, column or source that somebody may not know of is answered like one that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.audit.query import AuditQuery
from tests.security.world import Browser, add_user, guarded

AT_TABLES = (
    ("GET", "/api/v1/shop/{table}"),
    ("GET", "/api/v1/shop/{table}?count=exact&filter=id:1&sort=id"),
    ("POST", "/api/v1/shop/{table}"),
    ("GET", "/api/v1/shop/{table}/1"),
    ("GET", "/api/v1/shop/{table}/1?expand=customer"),
    ("PATCH", "/api/v1/shop/{table}/1"),
    ("DELETE", "/api/v1/shop/{table}/1"),
    ("GET", "/api/v1/shop/{table}/1/history"),
    ("GET", "/api/v1/shop/{table}/~export"),
    ("GET", "/s/shop/{table}"),
    ("GET", "/s/shop/{table}/~count"),
    ("GET", "/s/shop/{table}/~pick?q=a"),
    ("GET", "/s/shop/{table}/~columns"),
    ("GET", "/s/shop/{table}/~filter"),
    ("GET", "/s/shop/{table}/~fields"),
    ("GET", "/s/shop/{table}/~values?field=id"),
    ("GET", "/s/shop/{table}/~export?format=csv"),
    ("GET", "/s/shop/{table}/~dashboard"),
    ("GET", "/s/shop/{table}/~dashboard/~toml"),
    ("GET", "/s/shop/{table}/~dashboard/~w/0"),
    ("GET", "/s/shop/{table}/new"),
    ("GET", "/s/shop/{table}/1"),
    ("GET", "/s/shop/{table}/1/~peek"),
    ("GET", "/s/shop/{table}/1/edit"),
    ("GET", "/s/shop/{table}/1/delete"),
    ("GET", "/s/shop/{table}/1/~field?name=id"),
    ("GET", "/s/shop/{table}/1/~related?tab=customer"),
    ("GET", "/s/shop/{table}/1/~count?tab=customer"),
    ("GET", "/s/shop/{table}/1/~activity"),
    ("GET", "/s/shop/{table}/1/~history"),
    ("GET", "/s/shop/{table}/1/~go?way=next"),
    ("GET", "/s/shop/{table}/1/~do?action=row.read"),
)
AT_RELATIONS = (
    "/api/v1/shop/customers?filter={table}s.any(id:1)",
    "/api/v1/shop/customers?filter={table}s.count:>0",
    "/api/v1/shop/customers/1?expand={table}s",
    "/api/v1/shop/customers?sort={table}s.wage",
    "/api/v1/shop/customers?fields={table}s.wage",
    "/api/v1/shop/customers/1?fields={table}s",
    "/s/shop/customers?filter={table}s.any(id:1)",
    "/s/shop/customers/1?tab={table}s",
    "/s/shop/customers/1/~related?tab={table}s",
    "/s/shop/customers/1/~count?tab={table}s",
    "/s/shop/customers/1/~fields?q={table}s",
)
AT_COLUMNS = (
    "/api/v1/shop/customers?filter={column}:1",
    "/api/v1/shop/customers?sort={column}",
    "/api/v1/shop/customers?fields={column}",
    "/api/v1/shop/customers/1?fields={column}",
    "/api/v1/shop/orders?filter=customer.{column}:1",
    "/api/v1/shop/orders?sort=customer.{column}",
    "/api/v1/shop/orders?fields=customer.{column}",
    "/s/shop/customers?sort={column}",
    "/s/shop/customers/~values?field={column}",
    "/s/shop/customers/1/~field?name={column}",
    "/s/shop/customers/1/~go?way=next&sort={column}",
    "/s/shop/customers/~dashboard?filter={column}:1",
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nexus]:
    with guarded(tmp_path_factory.mktemp("guessed")) as nexus:
        add_user(nexus, "una@example.com")
        yield nexus


@pytest.fixture(scope="module")
def bo(app: Nexus) -> Browser:
    return Browser(app, "bo@example.com")


def told(browser: Browser, method: str, path: str, name: str) -> tuple[int, str]:
    """Return what is answered, with the name that was asked for and the request's own marks left out."""
    body: dict[str, Any] = {} if method == "GET" else {"json": {"id": 1}, "headers": {"X-CSRF-Token": browser.csrf}}
    answer = browser.client.request(method, path, **body)
    text = answer.text.replace(name, "NAME").replace(name.capitalize(), "NAME")
    return answer.status_code, re.sub(r"\b[0-9A-Z]{26}\b|[\w-]{80,}|[\d.]+ ms|(?<=data-since=\")[\d.]+", "…", text)


def first_difference(one: tuple[int, str], other: tuple[int, str]) -> object:
    """Return where two answers part; None where they are alike."""
    if one == other:
        return None
    at = next((n for n, (a, b) in enumerate(zip(one[1], other[1], strict=False)) if a != b), 0)
    return (one[0], one[1][max(0, at - 60) : at + 60]), (other[0], other[1][max(0, at - 60) : at + 60])


@pytest.mark.parametrize(("method", "path"), AT_TABLES)
def test_a_table_is_not_found_by_guessing_its_name(bo: Browser, method: str, path: str) -> None:
    there = told(bo, method, path.format(table="payroll"), "payroll")
    assert first_difference(there, told(bo, method, path.format(table="zzqqxx"), "zzqqxx")) is None
    assert there[0] in (303, 403, 404)


@pytest.mark.parametrize("path", AT_RELATIONS)
def test_a_relation_is_not_found_by_guessing_its_name(bo: Browser, path: str) -> None:
    there = told(bo, "GET", path.format(table="payroll"), "payroll")
    assert first_difference(there, told(bo, "GET", path.format(table="zzqqxx"), "zzqqxx")) is None


@pytest.mark.parametrize("path", AT_COLUMNS)
def test_a_column_is_not_found_by_guessing_its_name(bo: Browser, path: str) -> None:
    there = told(bo, "GET", path.format(column="ssn"), "ssn")
    assert first_difference(there, told(bo, "GET", path.format(column="xyz"), "xyz")) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/{source}"), ("GET", "/s/{source}"), ("GET", "/s/{source}/~dashboard"),
        ("GET", "/api/v1/{source}/customers"), ("GET", "/api/v1/{source}/zzqqxx"), ("GET", "/s/{source}/customers"),
        ("GET", "/api/v1/{source}/customers/1"), ("PATCH", "/api/v1/{source}/customers/1"),
        ("GET", "/s/{source}/customers/1/edit"), ("POST", "/api/v1/{source}/customers"),
    ],
)  # fmt: skip
def test_a_source_is_not_found_by_guessing_its_name(app: Nexus, method: str, path: str) -> None:
    una = Browser(app, "una@example.com")
    there = told(una, method, path.format(source="shop"), "shop")
    assert first_difference(there, told(una, method, path.format(source="elsewhere"), "elsewhere")) is None


def test_a_question_finds_no_names(bo: Browser) -> None:
    def asked(name: str, **more: Any) -> tuple[int, str]:
        answer = bo.api("POST", "/query", {"source": "shop", "resource": "customers", **more})
        text = answer.text.replace(answer.headers["x-request-id"], "")
        return answer.status_code, text.replace(name, "NAME")

    assert asked("payroll", resource="payroll") == asked("zzqqxx", resource="zzqqxx")
    for one in ("dimensions", "measures"):
        extra = {} if one == "dimensions" else {"fn": "max"}
        assert asked("ssn", **{one: [{"field": "ssn", **extra}]}) == asked("xyz", **{one: [{"field": "xyz", **extra}]})
    assert asked("payrolls", filter="payrolls.count:>0") == asked("zzqqxxs", filter="zzqqxxs.count:>0")


def test_the_audit_says_what_was_refused_and_why(app: Nexus, bo: Browser) -> None:
    assert bo.api("DELETE", "/shop/payroll/1").status_code == 404
    (entry,) = app.kernel.ledger.find(AuditQuery(actions=("row.delete",), resources=("payroll",), limit=1)).entries
    assert entry.outcome == "denied"
    assert "may not row.delete" in entry.detail


@pytest.mark.parametrize(
    "path", ["/", "/search?q=s", "/~palette", "/~palette?q=s", "/dashboards", "/help", "/account", "/api/v1/sources"]
)
def test_no_page_names_a_source_of_which_somebody_may_see_nothing(app: Nexus, path: str) -> None:
    told = Browser(app, "una@example.com").get(path).text
    assert "shop" not in told.replace("sqlite:///shop.db", "")  # how one begins, on a home without sources
