"""The security policy holds on every page, and what breaks it is noticed wherever a journey goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Enter
from e2e.pages.menu import PAGES, settle
from e2e.watch import Watch


@pytest.mark.req("S003-SEC-15")
def test_no_page_breaks_the_policy_and_every_answer_carries_it(page: Page) -> None:
    for path in PAGES:
        answer = page.goto(path)
        assert answer is not None
        policy = {part.split()[0]: part.split()[1:] for part in answer.headers["content-security-policy"].split("; ")}
        assert policy["script-src"] == policy["style-src"] == ["'self'"], path
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        settle(page)  # the watch of all journeys fails this one for the first violation


@pytest.mark.req("S003-SEC-15")
@pytest.mark.parametrize(
    ("breach", "said"),
    [
        ("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))", "script-src"),
        ("document.body.setAttribute('style', 'color: red')", "style-src"),
        ("document.body.append(Object.assign(new Image(), {src: 'https://example.com/a.png'}))", "img-src"),
        ("document.body.setAttribute('onclick', '1')", "script-src"),
        ("fetch('https://example.com/').catch(() => 0)", "connect-src"),
    ],
)
def test_the_watch_notices_what_breaks_the_policy(page: Page, watch: Watch, breach: str, said: str) -> None:
    page.goto("/s/shop/tags")
    page.evaluate(breach)
    expect(page.get_by_role("main")).to_be_visible()
    page.wait_for_timeout(200)
    noticed = " ".join(watch.wrong)
    watch.wrong.clear()
    assert said in noticed


@pytest.mark.req("S003-PHIL-01")
def test_the_watch_notices_a_page_that_asks_another_machine(enter: Enter, watch: Watch) -> None:
    page = enter(bypass_csp=True)
    page.route("**/192.0.2.1/**", lambda route: route.abort())
    page.evaluate("fetch('http://192.0.2.1/a').catch(() => 0)")
    noticed = " ".join(watch.wrong)
    watch.wrong.clear()
    assert "asked another machine: http://192.0.2.1/a" in noticed
