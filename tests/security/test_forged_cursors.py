"""A cursor of somebody else, or a bent one, is refused: it leads past no rule and into no mistake of ours."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.domain.role import Grant
from tests.security.world import ON_ROWS, SYSTEM, TABLES, Browser, add_role
from tests.web.world import PASSWORD, served

SIGHTS = """create table sights (id integer primary key, seen_at datetime);
insert into sights values (1, '2024-01-01 00:00:00'), (2, '2024-01-02 00:00:00'), (3, '2024-01-03 00:00:00');
"""
VALUES: list[Any] = [
    None, 1, -1, 2**63, 10**40, True, "x", "", "\x00", "\ud800", "a" * 5000, [], {}, [1],
    {"f": "nan"}, {"f": "inf"}, {"f": "x"}, {"f": []}, {"d": "NaN"}, {"d": "1e99999"}, {"d": "sNaN"}, {"b": "00"},
    {"b": 1}, {"b": "zz"}, {"u": "00000000-0000-0000-0000-000000000000"}, {"u": 5}, {"q": 1}, {"f": "1", "d": "1"},
]  # fmt: skip
RULE = {"field": "country", "op": "eq", "value": {"var": "me.country"}}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nexus]:
    urls, more, script = {"postgresql": "new_postgres_url", "mariadb": "new_mariadb_url"}, {}, TABLES + SIGHTS
    if request.param in urls:
        url, script = request.getfixturevalue(urls[request.param]), ""
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            for one in (
                (TABLES + SIGHTS)
                .replace(" text", " varchar(60)")
                .replace(" datetime)", " timestamp)")
                .replace("references customers", "references customers (id)")
                .split(";\n")
            ):
                if one.strip():
                    connection.exec_driver_sql(one)
        engine.dispose()
        more = {"urls": (("shop", url),), "patience": 60.0}
    with served(tmp_path, script, **more) as nexus:
        grants = [Grant(source="shop", resource="customers", action=name, rows=RULE) for name in ON_ROWS]
        add_role(nexus, "own", *grants)
        users = nexus.kernel.access.users
        for name, country in (("fay", "FR"), ("gil", "DE")):
            email = f"{name}@example.com"
            users.create(email, password=PASSWORD, roles=("own",), attributes={"country": country}, by=SYSTEM)
        yield nexus


def coded(told: Any) -> str:
    text = json.dumps(told) if not isinstance(told, str) else told
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def test_a_cursor_of_another_person_is_refused(app: Nexus) -> None:
    fay, gil = Browser(app, "fay@example.com"), Browser(app, "gil@example.com")
    cursor = fay.api("GET", "/shop/customers?limit=1&sort=name").json()["next"]
    assert fay.api("GET", f"/shop/customers?limit=1&sort=name&after={cursor}").status_code == 200
    for path in ("limit=1&sort=name", "limit=1&sort=-name", "limit=1", "limit=1&sort=name&filter=id:%3E0"):
        assert gil.api("GET", f"/shop/customers?{path}&after={cursor}").status_code == 400


def test_a_bent_cursor_is_refused_and_never_a_mistake_of_ours(app: Nexus) -> None:
    fay = Browser(app, "fay@example.com")
    bound, _, values = read(fay.api("GET", "/shop/customers?limit=1&sort=name").json()["next"])
    assert len(values) == 2
    bent = [[bound, back, [one, other]] for one in VALUES for other in (1, one) for back in (0, 1)]
    bent += [[bound, back, values] for back in (2, "x", None, [])] + [[bound, 0, []], [bound, 0, values * 2], [], 1]
    for told in (*bent, "[" * 5000, "{}", "null", '"a"'):
        answer = fay.client.get(f"/api/v1/shop/customers?limit=1&sort=name&after={coded(told)}")
        assert answer.status_code in (200, 400, 422), (str(told)[:80], answer.text)
        assert "Hans" not in answer.text


def test_a_list_under_a_rule_of_time_goes_on(app: Nexus) -> None:
    recent = {"field": "id", "op": "gt", "value": 0}
    rule = {"and": [recent, {"not": {"field": "seen_at", "op": "gt", "value": {"var": "now", "offset": "-1 days"}}}]}
    add_role(app, "timely", *(Grant(source="shop", resource="sights", action=name, rows=rule) for name in ON_ROWS))
    app.kernel.access.users.create("tia@example.com", password=PASSWORD, roles=("timely",), by=SYSTEM)
    tia = Browser(app, "tia@example.com")
    for more in ("", "&filter=seen_at:<@now", "&sort=-seen_at"):
        page = tia.api("GET", f"/shop/sights?limit=1{more}").json()
        following = tia.api("GET", f"/shop/sights?limit=1{more}&after={page['next']}")
        assert following.status_code == 200, following.text
        assert page["rows"] != following.json()["rows"] != []
