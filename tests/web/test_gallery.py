"""The gallery shows every component that templates have, drawn by the templates of the house."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin.domain.actor import Actor
from nexus_admin.web.markup import faults
from tests.web.world import PASSWORD, served, signed_in

PARTS = ("primitives", "form", "composites", "layouts")
TEMPLATES = Path(__file__).parents[2] / "nexus_admin/web/templates"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("gallery")) as nexus:
        by = Actor.system("test")
        nexus.kernel.access.users.create("eve@example.com", password=PASSWORD, roles=("viewer",), by=by)
        yield signed_in(nexus)


@pytest.mark.req("S003-STACK-04", "S003-THEME-06", "S003-THEME-08")
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("look", ["", "light", "dark", "contrast", "<b>"])
def test_each_part_is_drawn_in_each_look_without_an_id_twice(browser: TestClient, part: str, look: str) -> None:
    answer = browser.get("/theme/gallery", params={"part": part, "look": look})
    assert answer.status_code == 200
    ids = Counter(re.findall(r'\sid="([^"]+)"', answer.text))
    assert [name for name, count in ids.items() if count > 1] == []
    assert faults(answer.text) == []
    shown = re.search(r'<div class="nx-gallery"(?: data-theme="(\w+)")?>', answer.text)
    assert shown is not None
    assert shown[1] == (look if look.isalpha() else None)


@pytest.mark.req("S003-THEME-06")
def test_every_partial_of_an_input_is_there_and_the_states_of_forms(browser: TestClient) -> None:
    page = browser.get("/theme/gallery?part=form").text
    marks = {
        "text": 'type="email"', "choice": '<option value="listed" selected>', "code": "{&#34;bulb&#34;: &#34;E27&#34;}",
        "color": 'type="color"', "fixed": 'class="nx-fixed"', "long_text": "Opal glass, brass foot.",
        "number": 'inputmode="decimal"', "radio": 'type="radio"', "relation": 'role="combobox"',
        "switch": 'role="switch"', "tristate": ">Yes</option>",
    }  # fmt: skip
    assert set(marks) == {one.stem for one in TEMPLATES.glob("inputs/*.html") if not one.name.startswith("_")}
    assert [name for name, mark in marks.items() if mark not in page] == []
    assert page.count('aria-invalid="true"') == 5
    assert " required" in page


def test_lists_are_drawn_with_rows_and_with_none(browser: TestClient) -> None:
    page = browser.get("/theme/gallery?part=composites").text
    assert 'role="grid"' in page
    assert "Lumen &amp; Co." in page
    assert "No lamp matches" in page


def test_it_needs_a_permission(browser: TestClient) -> None:
    other = TestClient(browser.app, base_url="http://testserver")
    other.post("/sign-in", data={"email": "eve@example.com", "password": PASSWORD})
    assert other.get("/theme/gallery").status_code == 403
    assert 'href="/theme/gallery"' in browser.get("/theme").text
