"""The measuring itself is right: the bare application answers with the shop's rows, and the drivers count."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from example_app.shop import generate
from tests.benchmarks.bare import build
from tests.benchmarks.load import Ask, Figures, by_httpx2, by_wrk
from tests.benchmarks.report import table
from tests.benchmarks.served import served
from tests.benchmarks.work import bare_asks


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("small") / "shop.sqlite"
    generate(path, orders=400)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, small_shop: str) -> str:
    if request.param == "sqlite":
        return small_shop
    postgres = str(request.getfixturevalue("new_postgres_url"))
    generate(postgres, orders=400)
    return postgres


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    app = build(url)
    with TestClient(app) as client:
        yield client
    app.state.shop.engine.dispose()


def read(url: str, sql: str) -> list[Any]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = list(connection.execute(sa.text(sql)))
    engine.dispose()
    return rows


def test_pages_of_orders_follow_each_other_without_gap_or_repetition(client: TestClient, url: str) -> None:
    seen: list[str] = []
    path = "/orders"
    while path:
        page = client.get(path).text
        seen += [part.split("<", 1)[0] for part in page.split("</a></td><td>#")[1:]]
        path = "/orders?" + page.split('rel="next" href="?')[1].split('"')[0] if 'rel="next"' in page else ""
    expected = read(url, "SELECT number FROM orders ORDER BY placed_at DESC, id DESC")
    assert seen == [number.removeprefix("#") for (number,) in expected]


def test_every_ask_is_answered_and_an_update_is_committed(client: TestClient, url: str) -> None:
    for ask in bare_asks(url).values():
        for path in ask.paths[:5]:
            answer = client.request(ask.method, path, headers=ask.headers, content=ask.body)
            assert answer.status_code == 200, path
    assert read(url, "SELECT count(*) FROM orders WHERE note = 'number {n}'") == [(5,)]


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/orders/999999").status_code == 404
    assert client.patch("/orders/999999", json={"note": "x"}).status_code == 404
    assert client.patch("/orders/1", json={"total": "0"}).status_code == 422


def test_drivers_count_answers_and_send_headers_and_bodies(small_shop: str) -> None:
    drivers = [by_httpx2, *([by_wrk] if shutil.which("wrk") else [])]
    with served("tests.benchmarks.bare:from_environment", {"NEXUS_BARE_URL": small_shop}) as app:
        assert app.memory is None or app.memory > 10
        for driver in drivers:
            ask = Ask(("/orders/7",), "PATCH", {"Cookie": "a=1"}, f'{{"note": "{driver.__name__} {{n}}"}}')
            figures = driver(app.url, ask, 2, 0.3)
            assert figures.requests > 0 == figures.errors
            assert 0 < figures.p50 <= figures.p95
            missing = driver(app.url, Ask(("/orders/999999",)), 1, 0.3)
            assert missing.errors == missing.requests > 0
            (note,) = read(small_shop, "SELECT note FROM orders WHERE id = 7")
            assert str(note[0]).startswith(driver.__name__)


def test_an_application_that_cannot_start_says_why() -> None:
    with pytest.raises(RuntimeError, match="NEXUS_BARE_URL"), served("tests.benchmarks.bare:from_environment", {}):
        pass


def test_the_report_gives_each_application_as_a_share_of_the_bare_one() -> None:
    half = {"bare": Figures(1000, 1, 2, 3000, 0), "nexus": Figures(500, 2, 4, 1500, 2)}
    told = table("sqlite", {"record": half}).splitlines()
    assert "1.00 of bare" in told[1]
    assert "0.50 of bare" in told[2]
    assert told[2].endswith("2 FAILED")
