"""No page has a serious or critical finding of axe in the contrast theme."""

from e2e.a11y.axe import COLOURS, check
from e2e.conftest import Enter


def test_every_page_is_accessible(enter: Enter) -> None:
    check(enter, "contrast", COLOURS)
