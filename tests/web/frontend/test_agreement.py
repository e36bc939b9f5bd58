"""What a browser lets somebody send is what the server takes: 200 forms, filled in and judged by both."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page
from starlette.testclient import TestClient

from tests.web.test_form_page import TABLES
from tests.web.world import csrf, served, signed_in

CASES = 200
NEW = "/s/shop/things/new"
JUDGE = """(cases) => {
  const form = document.querySelector("form[data-form], main form");
  const fits = (one) => one.checkValidity() && (!one.maxLength || one.maxLength < 0 || one.value.length <= one.maxLength);
  return cases.map((values) => {
    form.reset();
    for (const [name, text] of Object.entries(values)) form.elements[`value.${name}`].value = text;
    return [...form.elements].filter((one) => !fits(one)).map((one) => one.name);
  });
}"""


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[TestClient]:
    with served(tmp_path, TABLES.partition(",\n  (2,")[0] + ";") as app:
        yield signed_in(app)


def forms(chance: random.Random) -> Iterator[dict[str, str]]:
    """Yield what people might type: most of it fits, some does not in one way or another."""
    for number in range(CASES):
        price = Decimal(chance.randint(-300, 120_000_000)).scaleb(-chance.choice([0, 0, 1, 2, 2, 2, 3]))
        yield {
            "code": chance.choice(["", *[f"{number:03d}" + "x" * more for more in (0, 4, 7, 8, 9, 9, 10)]]),
            "price": chance.choice(["", "0", "0.00", *[f"{price:f}"] * 7]),
            "amount": chance.choice(["", "1.5", *map(str, range(-1, 12))]),
            "made_on": chance.choice(["", "2024-02-29", "1999-12-31"]),
        }


@pytest.mark.req("S003-STACK-06")
def test_the_browser_and_the_server_agree_about_every_form(ada: TestClient, page: Page) -> None:
    html = ada.get(NEW).text
    page.set_content(html)
    cases = list(forms(random.Random(6)))
    refused = page.evaluate(JUDGE, cases)
    token = csrf(html)
    verdicts = []
    for case in cases:
        answer = ada.post(NEW, data={"_csrf": token, **{f"value.{name}": text for name, text in case.items()}})
        assert answer.status_code in (200, 422), answer.text
        verdicts.append(answer.status_code == 200)
    apart = [
        (case, names, taken)
        for case, names, taken in zip(cases, refused, verdicts, strict=True)
        if taken == bool(names)
    ]
    assert apart == []
    assert 40 < sum(verdicts) < CASES - 40  # else one side of it would hardly be tried
