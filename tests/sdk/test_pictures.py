"""Pictures of charts: what they show, where it stands, and that it is well-formed, whatever was told."""

from typing import Any
from xml.etree import ElementTree

import pytest

from nexus_admin.sdk import picture
from nexus_admin.sdk.pictures import LINKED

MONTHS = ["2026-01-01", "2026-02-01", "2026-03-01"]


def trace(values: list[Any], kind: str = "line", name: str = "Orders", **more: Any) -> dict[str, Any]:
    links = [f"/rows?month={at}" for at, _ in enumerate(values, start=1)]
    return {"type": kind, "name": name, "x": MONTHS[: len(values)], "y": values, "customdata": links, **more}


def drawn(*traces: dict[str, Any], **more: Any) -> ElementTree.Element:
    layout = {"barmode": more.pop("barmode", "group")}
    told = {"title": "Orders by month", "sentence": "Most in March.", "kind": "integer", "grain": "month", **more}
    svg = picture({"data": list(traces), "layout": layout}, **told).svg
    return ElementTree.fromstring(str(svg).replace(" data-picture>", ">"))


def marks(root: ElementTree.Element) -> list[tuple[str, str, dict[str, float]]]:
    """Return (address, title, box in per cent) of each link."""
    return [(one.get("href", ""), one.findtext("title", ""), box(one.find("rect"))) for one in root.iter("a")]


def box(rect: ElementTree.Element | None) -> dict[str, float]:
    assert rect is not None
    return {name: float(rect.get(name, "").rstrip("%")) for name in ("x", "y", "width", "height")}


def test_a_picture_has_a_name_a_sentence_and_named_axes() -> None:
    root = drawn(trace([200, 400, 800]))
    texts = [one.text for one in root.iter("text")]
    assert (root.findtext(".//title"), root.findtext(".//desc")) == ("Orders by month", "Most in March.")
    assert texts == ["0", "200", "400", "600", "800", "Jan 2026", "Feb"]


def test_each_bar_is_as_high_as_its_number_and_leads_to_its_rows() -> None:
    root = drawn(trace([200, 400, 800], "bar"))
    found = marks(root)
    assert [(link, title) for link, title, _ in found] == [
        ("/rows?month=1", "Jan 2026: 200"),
        ("/rows?month=2", "Feb 2026: 400"),
        ("/rows?month=3", "Mar 2026: 800"),
    ]
    assert [place["height"] for _, _, place in found] == [25, 50, 100]
    assert all(place["y"] + place["height"] == 100 for _, _, place in found)


def test_bars_stand_beside_each_other_or_on_top() -> None:
    two = trace([200, 400], "bar"), trace([600, 400], "bar", "Web")
    (_, _, first), _, (_, title, second), _ = marks(drawn(*two))
    assert title == "Web, Jan 2026: 600"
    assert first["x"] + first["width"] == pytest.approx(second["x"], abs=0.02)
    (_, _, first), _, (_, _, second), _ = marks(drawn(*two, barmode="stack"))
    assert first["x"] == second["x"]
    assert second["y"] + second["height"] == first["y"]


def test_bars_of_negative_numbers_hang_below_the_axis() -> None:
    (_, _, up), (_, title, down) = marks(drawn(trace([50, -50], "bar")))
    assert title == "Feb 2026: −50"
    assert up["y"] + up["height"] == down["y"] == 50


def test_around_a_spot_of_a_line_all_leads_to_its_rows() -> None:
    found = marks(drawn(trace([1, 2, 3])))
    assert [place["height"] for _, _, place in found] == [100, 100, 100]
    assert sum(place["width"] for _, _, place in found) == pytest.approx(100, abs=0.05)


def test_between_two_lines_the_nearer_one_is_meant() -> None:
    found = marks(drawn(trace([200, 800, 800]), trace([800, 200, 200], name="Web")))
    january = [(title, place["y"], place["height"]) for link, title, place in found if link.endswith("=1")]
    assert january == [("Web, Jan 2026: 800", 0, 37.5), ("Orders, Jan 2026: 200", 37.5, 62.5)]


def test_a_hole_parts_a_line_and_a_lonely_spot_is_seen() -> None:
    (path,) = drawn(trace([1, None, 3])).iter("path")
    assert path.get("d", "").count("M") == path.get("d", "").count("h0") == 2


def test_areas_of_a_stack_lie_on_each_other() -> None:
    lower, _, upper, _ = drawn(
        trace([200, 200], "area", stackgroup="all"), trace([200, 600], "area", "Web", stackgroup="all")
    ).iter("path")
    edge = lower.get("d", "").removeprefix("M").split("L")[:2]
    assert upper.get("d", "").removesuffix("Z").split("L")[2:] == edge[::-1]


def test_the_period_before_is_dashed_and_grey() -> None:
    before = next(one for one in drawn(trace([1, 2], nx={"compare": True})).iter("path"))
    assert (before.get("stroke"), before.get("stroke-dasharray")) == ("var(--nx-chart-8)", "4")


def test_the_chart_library_is_given_the_same_axes() -> None:
    chart = {"data": [trace([200, 400, 800], "bar")], "layout": {"barmode": "group"}}
    axes = picture(chart, title="", sentence="", kind="integer", grain="month").chart["axes"]
    assert axes["yaxis"]["range"] == [0, 800]
    assert axes["xaxis"]["ticktext"] == ["Jan 2026", "Feb", "Mar"]
    assert axes["xaxis"]["range"] == ["2025-12-18T00:00:00", "2026-03-15T00:00:00"]


def test_names_stand_in_the_order_in_which_they_came() -> None:
    one = {"type": "bar", "x": ["Web", "Store", "<b>"], "y": [1, 2, 3]}
    root = drawn(one)
    assert [text.text for text in root.iter("text")][-3:] == ["Web", "Store", "<b>"]
    assert list(root.iter("a")) == []


def test_what_cannot_be_drawn_here_stays_with_the_chart_library() -> None:
    for data in ([{"type": "donut", "labels": ["a"], "values": [1]}], [trace([None, None])], []):
        chart = {"data": data, "layout": {}}
        told = picture(chart, title="", sentence="")
        assert (told.svg, told.chart) == ("", chart)


def test_texts_and_addresses_are_escaped() -> None:
    hostile = '"><script>alert(1)</script>'
    root = drawn(trace([1, 2], name=hostile) | {"customdata": [hostile, None]}, trace([3, 4]), sentence=hostile)
    assert root.findtext(".//desc") == hostile
    assert marks(root)[0][:2] == ("/rows?month=1", "Orders, Jan 2026: 3")
    assert marks(root)[1][:2] == (hostile, f"{hostile}, Jan 2026: 1")


def test_a_picture_of_very_many_marks_has_no_links() -> None:
    days = [f"{2000 + at // 365}-{at % 12 + 1:02}-{at % 28 + 1:02}" for at in range(LINKED + 1)]
    many = {"type": "line", "x": days, "y": list(range(len(days))), "customdata": ["/rows"] * len(days)}
    assert marks(drawn(many, grain="day")) == []
