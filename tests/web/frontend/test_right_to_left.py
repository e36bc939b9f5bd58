"""Values and sentences inside a right-to-left document: each keeps its own order and stands where all else does."""

import pytest
from playwright.sync_api import Page

from tests.web.frontend.conftest import Site

HELD = """<table class="nx-grid"><tbody><tr><td id="moment">20 Nov, 16:08</td><td id="amount" class="is-num">−5.00</td>
<td id="other">אב (5)</td></tr></tbody></table>
<p id="sentence">Nothing is lost. Ever.</p><div class="nx-banner" role="alert"><div id="warned">It is gone.</div></div>
<a class="nx-nav__item" href="/"><span class="nx-nav__text" id="entry">Home (2)</span></a>
<dl><dt>When</dt><dd class="nx-value"><span id="value" class="nx-value__text">26 Nov 2023, 16:10</span></dd></dl>"""
LETTERS = """one => {
  const text = one.firstChild, range = document.createRange()
  const at = [...text.data].map((letter, index) => {
    range.setStart(text, index)
    range.setEnd(text, index + 1)
    return [letter, range.getBoundingClientRect().left]
  })
  return at.sort((one, other) => one[1] - other[1]).map(([letter]) => letter).join("")
}"""
SIDES = """one => {
  const range = document.createRange(), box = one.getBoundingClientRect()
  range.selectNodeContents(one)
  const text = range.getBoundingClientRect()
  return text.left - box.left > box.right - text.right
}"""


# The letters as they stand, from the left: brackets in right-to-left text are drawn mirrored.
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("moment", "20 Nov, 16:08"),
        ("amount", "−5.00"),
        ("other", ")5( בא"),
        ("value", "26 Nov 2023, 16:10"),
        ("sentence", "Nothing is lost. Ever."),
        ("warned", "It is gone."),
        ("entry", "Home (2)"),
    ],
)
def test_a_value_is_read_in_its_own_order(site: Site, watched: Page, name: str, read: str) -> None:
    watched.goto(site.page("/", HELD))
    watched.evaluate("document.documentElement.dir = 'rtl'")
    assert watched.eval_on_selector(f"#{name}", LETTERS) == read


def test_a_value_stands_where_its_column_does_whatever_it_holds(site: Site, watched: Page) -> None:
    watched.goto(site.page("/", HELD))
    watched.evaluate("document.documentElement.dir = 'rtl'")
    to_the_right = {
        name: watched.eval_on_selector(f"#{name}", SIDES) for name in ("moment", "other", "amount", "sentence", "entry")
    }
    assert to_the_right == {"moment": True, "other": True, "amount": False, "sentence": True, "entry": True}
