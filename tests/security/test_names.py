"""Errors, hints and headings name no table, column or source that somebody may not know of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.action import Call
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.security.world import SYSTEM, Browser, add_role, add_user, guarded


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nexus]:
    with guarded(tmp_path_factory.mktemp("names")) as nexus:
        add_user(nexus, "una@example.com")
        yield nexus


@pytest.fixture(scope="module")
def bo(app: Nexus) -> Browser:
    return Browser(app, "bo@example.com")


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("/s/shop/payrol", "payroll"),
        ("/api/v1/shop/payrol", "payroll"),
        ("/s/shop/payroll", "Payroll"),
        ("/s/shop/payroll/~count", "Payroll"),
        ("/s/shop/payroll/1", "Payroll"),
        ("/s/shop/customers?filter=payrols.any(wage:1)", "payrolls"),
        ("/api/v1/shop/customers?filter=payrols.any(wage:1)", "payrolls"),
        ("/api/v1/shop/customers?filter=payrolls.any(wage:many)", "number"),
        ("/api/v1/shop/customers?filter=ssm:1", "ssn"),
        ("/api/v1/shop/customers?sort=ssm", "ssn"),
        ("/api/v1/shop/customers/1?fields=ssm", "ssn"),
        ("/api/v1/shop/customers/1?expand=payrols", "payrolls"),
        ("/s/shop/customers/1?tab=payrols", "payrolls"),
        ("/s/shop/customers/1/~related?tab=payrols", "payrolls"),
        ("/s/shop/customers/1/~field?name=ssm", "ssn"),
        ("/s/shop", "payroll"),
        ("/api/v1/shop", "payroll"),
    ],
)
def test_a_hint_names_only_what_somebody_may_know(bo: Browser, path: str, hidden: str) -> None:
    assert hidden not in bo.get(path).text


def test_a_hint_of_a_question_names_only_what_somebody_may_know(bo: Browser) -> None:
    questions: list[dict[str, Any]] = [
        {"source": "shop", "resource": "payrol"},
        {"source": "shop", "resource": "customers", "dimensions": [{"field": "ssm"}]},
        {"source": "shop", "resource": "customers", "dimensions": [{"field": "payrols.wage"}]},
    ]
    told = "".join(bo.api("POST", "/query", one).text for one in questions)
    assert "payroll" not in told
    assert "ssn" not in told


def test_who_may_know_is_helped(app: Nexus, bo: Browser) -> None:
    ada = Browser(app, "ada@example.com")
    assert "Did you mean 'payroll'?" in ada.api("GET", "/shop/payrol").text
    assert "Did you mean 'ssn'?" in ada.api("GET", "/shop/customers?filter=ssm:1").text
    assert "Did you mean 'nick'?" in bo.api("GET", "/shop/customers?filter=nik:1").text
    assert "Did you mean 'shop'?" in bo.api("GET", "/shp/customers").text


def test_who_may_see_nothing_of_a_source_is_not_told_its_name(app: Nexus) -> None:
    una = Browser(app, "una@example.com")
    assert "'shop'" not in una.api("GET", "/shp/customers").text
    assert "'shop'" not in una.get("/s/shp").text


def test_a_dashboard_that_is_wrong_is_told_without_hidden_names(app: Nexus, bo: Browser) -> None:
    add_role(app, "builder", Grant(source="nexus", action="dashboard.*"))
    users = app.kernel.access.users
    found = users.by_email("bo@example.com")
    assert found is not None
    users.set_roles(found.id, ("french", "builder"), by=SYSTEM)
    actor = app.kernel.access.actor_of_user(found.id)
    assert actor is not None
    wrong = [
        {"resource": "payrol", "by": "id"},
        {"resource": "customers", "by": "ssm"},
        {"resource": "customers", "by": "name", "filter": "ssm:1"},
    ]
    for options in wrong:
        board = {"name": "x", "title": "X", "source": "shop", "widgets": [{"widget": "bar", "options": options}]}
        with pytest.raises(Invalid) as refused:
            app.kernel.perform(Call("dashboard.save", Target("nexus"), {"dashboard": board}, actor))
        assert "called 'payrol'." in str(refused.value) or "called 'ssm'." in str(refused.value)
        assert "payroll" not in str(refused.value)
        assert "ssn" not in str(refused.value)
