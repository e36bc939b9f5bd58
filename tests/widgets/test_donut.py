"""Bars drawn as a ring: shares of a whole."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from nexus_admin.sdk import Others, Result
from nexus_admin.sdk import ResultColumn as Column
from nexus_admin.testing.widgets import page_context, render
from tests.widgets.worlds import answer, asked
from widgets import bar

(BARS,) = bar.nexus_widgets()
FOLDER = Path(bar.__file__).parent
BY = Column("name", "enum", path=("status",), title="Status")
SUM = Column("value", "money", "EUR", title="Sum of Total")


def drawn(result: Result) -> tuple[Mapping[str, Any], str]:
    """Return what the template is given, and the page's part."""
    options, _ = asked(BARS, resource="orders", by="status", fn="sum", field="total", shape="donut")
    drawing = BARS.draw(options, [result])
    return drawing.context, render(FOLDER, "widget.html", page_context(drawing))


@pytest.mark.req("S003-WIDG-12")
def test_each_value_has_its_share_of_the_ring_a_colour_and_the_way_to_its_rows() -> None:
    result = answer(
        [BY, SUM], ("paid", Decimal(60)), ("open", Decimal(25)), ("held", Decimal(15)), links=["/p", "/o", "/h"]
    )
    context, page = drawn(result)
    arcs = context["ring"]["arcs"]
    assert [(one["name"], one["share"], one["hue"], one["link"]) for one in arcs] == [
        ("Paid", "60%", 1, "/p"),
        ("Open", "25%", 2, "/o"),
        ("Held", "15%", 3, "/h"),
    ]
    assert context["ring"]["text"] == "€100.00"
    lengths = [float(one) + float(two) for one, two in re.findall(r'stroke-dasharray="([\d.]+) ([\d.]+)"', page)]
    assert lengths == pytest.approx([431.66] * 3, abs=0.02)


def test_what_is_beyond_the_colours_is_one_part_of_the_whole() -> None:
    _, (query,) = asked(BARS, resource="orders", by="status", limit=20, shape="donut")
    assert (query.limit, query.others) == (7, True)
    result = answer([BY, SUM], ("paid", Decimal(50)), links=["/p"])
    context, page = drawn(replace(result, truncated=True, others=Others(4, (Decimal(150),), "/rest")))
    assert [(one["hue"], one["share"]) for one in context["ring"]["arcs"]] == [(1, "25%"), (8, "75%")]
    assert "Others (4)" in page


def test_what_is_no_part_of_a_whole_is_drawn_as_bars() -> None:
    for values in ((Decimal(5), Decimal(-5)), (Decimal(0), None)):
        context, page = drawn(answer([BY, SUM], *zip(("paid", "open"), values, strict=True)))
        assert context["ring"] is None
        assert 'class="nx-bars"' in page


def test_a_number_that_does_not_add_up_has_no_shares() -> None:
    with pytest.raises(ValidationError, match="avg does not add up"):
        asked(BARS, resource="orders", by="status", fn="avg", field="total", shape="donut")
