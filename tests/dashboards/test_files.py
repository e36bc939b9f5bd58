"""Dashboards as TOML files."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.dashboards.files import load, load_folder, read, write
from nexus_admin.dashboards.toml_text import toml_key, toml_value
from nexus_admin.domain.errors import SettingError
from nexus_admin.domain.widget import Dashboard, Placement, SharedFilter
from tests.dashboards.worlds import WIDGETS

SALES = """
title = "Sales"
source = "shop"

[[filters]]
field = "placed_at"
kind = "period"
default = "90 days"

[[widgets]]
widget = "bar"
title = "Orders by status"
width = 4
[widgets.options]
resource = "orders"
by = "status"

[[widgets]]
widget = "markdown"
options = { text = "Hello" }
"""


def test_a_file_is_a_dashboard_by_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "sales.toml"
    path.write_text(SALES)
    dashboard = load(path, WIDGETS)
    assert dashboard == Dashboard(
        name="sales",
        title="Sales",
        source="shop",
        filters=(SharedFilter(field="placed_at", kind="period", default="90 days"),),
        widgets=(
            Placement(widget="bar", title="Orders by status", width=4, options={"resource": "orders", "by": "status"}),
            Placement(widget="markdown", options={"text": "Hello"}),
        ),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title = ", "sales.toml: this is not TOML:"),
        ('source = "shop"', "sales.toml: title: this is needed and missing."),
        ('titel = "x"\ntitle = "x"\nsource = "s"', "titel: there is no such key. Did you mean 'title'?"),
        (SALES.replace("width = 4", "widht = 4"), "widgets[1].widht: there is no such key. Did you mean 'width'?"),
        (SALES.replace("width = 4", "width = 40"), "widgets[1].width: Input should be less than or equal to 12."),
        (
            SALES.replace('"period"', '"perod"'),
            "filters[1].kind: 'perod' is not one of its values. Did you mean 'period'?",
        ),
        (SALES.replace('"bar"', '"bars"'), "widgets[1].widget: there is no widget called 'bars'. Did you mean 'bar'?"),
        (SALES.replace("by =", "bye ="), "widgets[1].options.bye: there is no such key. Did you mean 'by'?"),
        (SALES.replace("by =", "bye ="), "widgets[1].options.by: this is needed and missing."),
        (
            SALES.replace("by =", 'order = "bigest"\nby ='),
            "widgets[1].options.order: 'bigest' is not one of its values.",
        ),
        (
            SALES.replace("by =", 'grain = "mont"\nby ='),
            "widgets[1].options.grain: 'mont' is not a grain. Did you mean 'month'?",
        ),
    ],
)
def test_a_mistake_is_told_with_file_key_and_nearest_neighbour(text: str, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        read(text, "sales.toml", "sales", WIDGETS)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("sales.toml")


def test_keys_of_lists_within_options_are_told_too() -> None:
    text = SALES.replace('widget = "bar"', 'widget = "table"').replace(
        'by = "status"', 'numbers = [{ fn = "count" }, { fn = "summ", field = "total" }]'
    )
    with pytest.raises(SettingError, match=r"widgets\[1\]\.options\.numbers\[2\]\.fn: 'summ'.*Did you mean 'sum'"):
        read(text, "sales.toml", "sales", WIDGETS)


def test_one_bad_file_takes_no_other_down(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(SALES)
    (tmp_path / "bad.toml").write_text("title = ")
    (tmp_path / "twin.toml").write_text('name = "good"\n' + SALES)
    found, errors = load_folder(tmp_path, WIDGETS)
    assert list(found) == ["good"]
    assert len(errors) == 2
    assert "bad.toml" in str(errors[0])
    assert "another file already holds a dashboard called 'good'" in str(errors[1])


texts = st.text(max_size=30)
plain = st.one_of(texts, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.dates())
nested = st.recursive(
    plain,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)


@given(nested)
def test_any_value_survives_toml(value: Any) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


@given(texts)
def test_any_key_survives_toml(name: str) -> None:
    assert tomllib.loads(f"{toml_key(name)} = 1") == {name: 1}


dashboards = st.builds(
    Dashboard,
    name=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True),
    title=texts,
    description=texts,
    source=texts,
    filters=st.lists(
        st.builds(
            SharedFilter, field=texts, title=texts, kind=st.sampled_from(["period", "choice", "text"]), default=texts
        ),
        max_size=2,
    ).map(tuple),
    widgets=st.lists(
        st.builds(
            Placement,
            widget=texts,
            title=texts,
            width=st.one_of(st.none(), st.integers(1, 12)),
            options=st.dictionaries(texts, nested, max_size=3),
        ),
        max_size=3,
    ).map(tuple),
    generated=st.booleans(),
    note=texts,
)


@given(dashboards)
def test_what_is_written_is_read_back_the_same(dashboard: Dashboard) -> None:
    assert read(write(dashboard), "x.toml") == dashboard
