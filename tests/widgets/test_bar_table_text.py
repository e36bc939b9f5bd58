"""Bars, tables, text."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from nexus_admin.sdk import Listing, Others
from nexus_admin.sdk import ResultColumn as Column
from nexus_admin.testing.widgets import Inspection, page_context, render
from tests.widgets.worlds import SHOP, answer, asked
from widgets import bar, markdown, table

(BARS,) = bar.nexus_widgets()
(TABLE,) = table.nexus_widgets()
(TEXT,) = markdown.nexus_widgets()
BY = Column("name", "enum", path=("status",), title="Status")


@pytest.mark.req("S003-WIDG-12")
def test_a_bar_is_as_long_as_its_share_of_the_longest_and_links_to_its_rows() -> None:
    options, _ = asked(BARS, resource="orders", by="status", fn="sum", field="total")
    result = answer(
        [BY, Column("value", "money", "EUR", title="Sum of Total")],
        ("paid", Decimal("40000")),
        ("open", Decimal("10000.5")),
        (None, None),
        links=["/paid", "/open", "/none"],
    )
    drawing = BARS.draw(options, [result])
    assert [(one["name"], one["percent"], one["text"], one["link"]) for one in drawing.context["bars"]] == [
        ("Paid", "100.00", "€40.0k", "/paid"),
        ("Open", "25.00", "€10.0k", "/open"),
        ("—", "0.00", "—", "/none"),
    ]
    assert drawing.summary == "Paid has €40,000.00, — has —; 3 in all."


def test_bars_below_zero_have_length_and_say_so() -> None:
    options, _ = asked(BARS, resource="orders", by="status", fn="sum", field="total")
    result = answer([BY, Column("value", "money")], ("paid", Decimal(-50)), ("open", Decimal(25)))
    first, second = BARS.draw(options, [result]).context["bars"]
    assert (first["percent"], first["negative"]) == ("100.00", True)
    assert (second["percent"], second["negative"]) == ("50.00", False)


@pytest.mark.req("S003-WIDG-04")
def test_a_table_of_rows_asks_for_one_page_and_links_each_row_to_its_record() -> None:
    assert TABLE.queries is not None
    options = TABLE.options.model_validate({"source": "shop", "resource": "orders", "sort": ["-placed_at"]})
    (listing,) = TABLE.queries(options, SHOP)
    assert isinstance(listing, Listing)
    assert listing.request.fields == ("number", "customer_id", "status", "total", "placed_at")
    assert listing.request.sort == ("-placed_at",)
    result = answer([Column("number", "text", title="Number")], ("A-1",), links=["/s/shop/orders/1"])
    (row,) = TABLE.draw(options, [result]).context["rows"]
    assert row["link"] == "/s/shop/orders/1"


def test_a_table_says_the_year_only_where_it_is_another_one() -> None:
    options, _ = asked(TABLE, resource="orders")
    now = datetime(datetime.now(UTC).year, 3, 4, 5, 6)
    result = answer([Column("at", "datetime"), Column("day", "date")], (now, now.date()), (datetime(1999, 3, 4), None))
    first, second = TABLE.draw(options, [result]).context["rows"]
    assert [cell["text"] for cell in first["cells"]] == ["4 Mar, 05:06", "4 Mar"]
    assert [cell["full"] for cell in first["cells"]] == [f"4 Mar {now.year}, 05:06", f"4 Mar {now.year}"]
    assert second["cells"][0] == {
        "text": "4 Mar 1999, 00:00", "full": None, "nothing": False, "pill": None, "numeric": False, "raw": None
    }  # fmt: skip


def test_a_table_says_days_without_their_midnight_as_lists_do() -> None:
    options, _ = asked(TABLE, resource="orders")
    days = Column("at", "datetime", whole_days=True)
    result = answer([days], (datetime(1999, 3, 4),), (datetime(1999, 3, 4, 5),), (datetime(1999, 3, 4, tzinfo=UTC),))
    rows = TABLE.draw(options, [result]).context["rows"]
    assert [row["cells"][0]["text"] for row in rows] == ["4 Mar 1999", "4 Mar 1999, 05:00", "4 Mar 1999, 00:00"]


def test_a_table_parts_no_thousands_of_keys_as_lists_do() -> None:
    options, _ = asked(TABLE, resource="orders")
    result = answer([Column("id", "integer", names=True), Column("total", "integer")], (31469, 31469))
    cells = TABLE.draw(options, [result]).context["rows"][0]["cells"]
    assert [(cell["text"], cell["numeric"]) for cell in cells] == [("31469", True), ("31,469", True)]


def test_a_table_draws_a_state_as_lists_do_and_no_other_choice() -> None:
    options, _ = asked(TABLE, resource="orders")
    states, colours = ("pending", "paid", "on_hold"), ("red", "oak", "sand")
    columns = [Column("status", "enum", choices=states), Column("colour", "enum", choices=colours)]
    result = answer(columns, ("on_hold", "oak"), (None, None))
    drawn = TABLE.draw(options, [result])
    first, second = drawn.context["rows"]
    assert [cell["pill"] for cell in first["cells"]] == [("amber", "s-alert"), None]
    assert [cell["pill"] for cell in second["cells"]] == [None, None]
    html = render(Path("widgets/table"), "widget.html", page_context(drawn))
    assert '<span class="nx-pill" data-hue="amber">' in html
    assert html.count("On hold") == 1


@pytest.mark.req("S003-WIDG-04")
def test_a_table_of_groups_is_sorted_by_its_first_number_unless_told() -> None:
    _, (query,) = asked(TABLE, resource="orders", by=[{"field": "status"}])
    assert query.sort == ("-Orders",)


@pytest.mark.req("S003-WIDG-17")
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "![x](javascript:alert(1))",
        "<a href=javascript:alert(1)>x</a>",
        "<svg/onload=alert(1)>",
        "<iframe src=//evil.example></iframe>",
        "[x]: javascript:alert(1)\n\n[x]",
        "`<script>`\n\n```\n<script>\n```",
        '[x](https://ok.example "\\" onmouseover=alert(1) ")',
    ],
)
def test_no_markdown_can_act(text: str) -> None:
    options = TEXT.options.model_validate({"text": text})
    html = str(TEXT.draw(options, []).context["html"])
    assert Inspection.of(html).wrong == []
    assert not re.search(r"<(?!/?(p|a|em|strong|code|pre|ul|ol|li)\b)", html), html


def test_markdown_is_drawn_below_the_headings_of_the_page() -> None:
    options = TEXT.options.model_validate(
        {"text": "# One\n\n**bold** [link](https://example.com)\n\n| a |\n|---|\n| 1 |"}
    )
    html = str(TEXT.draw(options, []).context["html"])
    assert "<h3>One</h3>" in html
    assert "<strong>bold</strong>" in html
    assert 'rel="noopener noreferrer nofollow"' in html
    assert "<td>1</td>" in html


def test_what_is_left_over_is_one_more_bar_where_it_adds_up() -> None:
    options, (query,) = asked(BARS, resource="orders", by="status", limit=1)
    assert query.others
    shown = answer([BY, Column("value", "integer", title="Count")], ("paid", 40), links=["/paid"])
    result = replace(shown, truncated=True, others=Others(1200, (100,), "/others"))
    drawing = BARS.draw(options, [result])
    others = drawing.context["others"]
    assert (others["groups"], others["text"], others["link"], others["beyond"]) == ("1,200", "100", "/others", True)
    assert drawing.context["cut"] is False
    assert drawing.summary == "Paid has 40; 1 shown, 1,200 others have 100."
    html = render(Path("widgets/bar"), "widget.html", page_context(drawing))
    assert '<a href="/others">Others (1,200)</a>' in html
    assert "Only the first" not in html


@pytest.mark.parametrize("fn", ["avg", "min", "max", "median", "count_distinct"])
def test_what_does_not_add_up_says_that_more_is_there(fn: str) -> None:
    options, (query,) = asked(BARS, resource="orders", by="status", limit=1, fn=fn, field="total")
    assert not query.others
    result = replace(answer([BY, Column("value", "integer")], ("paid", 40), links=["/paid"]), truncated=True)
    html = render(Path("widgets/bar"), "widget.html", page_context(BARS.draw(options, [result])))
    assert "Only the first 1 are shown." in html
    assert "Others" not in html
