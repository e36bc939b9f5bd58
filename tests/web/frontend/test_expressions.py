"""Expressions in markup reach what a component offers, and never the browser's own things."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.frontend.conftest import Site

LEAKS = {
    "a class": "HTMLFormElement",
    "a class of the language": "Map",
    "a namespace": "CSS",
    "a namespace of the language": "Math",
    "a function": "fetch",
    "an object": "navigator",
    "a storage": "localStorage",
    "the window": "window",
    "the document": "document",
}


@pytest.mark.parametrize("name", LEAKS.values(), ids=LEAKS)
def test_a_component_cannot_hand_a_global_to_markup(site: Site, watched: Page, trouble: list[str], name: str) -> None:
    script = (
        f'window.Nexus.data("leak", () => ({{ own: {{ text: "ours" }}, it: {{ get leaked() {{ return {name} }} }} }}))'
    )
    watched.route("**/leak.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    body = """<script type="module" src="/leak.js"></script>
    <div x-data="leak"><b x-text="own.text"></b><i x-text="it.leaked">untouched</i></div>"""
    watched.goto(site.page("/", body))
    expect(watched.locator("b")).to_have_text("ours")
    expect(watched.locator("i")).to_have_text("untouched")
    assert any("prohibited" in one for one in trouble)
    trouble.clear()
