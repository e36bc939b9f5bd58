"""What every widget keeps, as a suite to subclass.

    class TestGauge(WidgetContract):
        folder = Path("widgets/gauge")
        widget = widget_in(folder)
        options = {"resource": "orders", "field": "total"}

It draws the widget from no rows, one, many, nothing but nulls, huge values and hostile text. A form that it asks for
comes as the dashboard draws it, with a name that is hostile too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel

from nexus_admin.analytics.check import check_query
from nexus_admin.dashboards.filters import Choice, DrawnFilter
from nexus_admin.domain.extension import Extension
from nexus_admin.domain.kinds import family
from nexus_admin.domain.query import (
    Asked,
    Entry,
    EntryForm,
    FunctionCall,
    Listing,
    Query,
    Result,
    ResultColumn,
    Stretch,
)
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.widget import Drawing, Widget
from nexus_admin.kernel.extensions import load, read_manifest
from nexus_admin.sdk.figures import bucket, compact, figure
from nexus_admin.sdk.paths import field_at, path_of, path_title
from nexus_admin.testing.schemas import shop

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><b style=color:red>{{ 7 * 7 }}"
CASES = ("empty", "one", "many", "null", "huge", "hostile")
MANY = 60
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def widget_in(folder: Path) -> Widget:
    """Return the widget that the folder *folder* declares."""
    manifest = read_manifest(folder / "widget.toml")
    module = load(Extension("widgets", "project", folder.resolve(), manifest))
    (widget,) = module.nexus_widgets()  # type: ignore[union-attr]
    return cast("Widget", widget)


def render(folder: Path, template: str, context: Mapping[str, Any]) -> str:
    """Return the widget's template, filled in as a page does it; a name that it is not given is an error."""
    environment = Environment(
        loader=FileSystemLoader(folder / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"_": lambda text: text, "icon": _icon}
    return environment.get_template(template).render(context)


def _icon(name: str, size: str = "") -> Markup:
    return Markup('<svg class="nx-icon {}" aria-hidden="true"><use href="#{}"></use></svg>').format(size, name)


def page_context(drawing: Drawing, title: str = "A widget") -> dict[str, Any]:
    """Return what a dashboard gives a widget's template beside the widget's own context."""
    choices = (Choice("open", "open"), Choice(HOSTILE, HOSTILE))
    return {
        "title": title,
        "id": "w1",
        "summary": drawing.summary,
        "filters": (
            DrawnFilter("status", "Status", "choice", "f.status", "open", choices),
            DrawnFilter("note", HOSTILE, "text", "f.note", HOSTILE),
        ),
        "open": "/s/shop/orders",
        "sprite": "/static/icons.svg",
        "static": lambda name: f"/x/static/widgets/x/0/{name}",
        "figure": figure,
        "compact": compact,
        "bucket": bucket,
        **drawing.context,
    }


def result_for(asked: Query | Listing, schema: Schema, case: str) -> Result:
    """Return an answer to *asked* of the sort that *case* names, one of `CASES`."""
    columns = check_query(asked, schema) if isinstance(asked, Query) else _listed(asked, schema)
    whole = isinstance(asked, Query) and not asked.dimensions
    count = {"empty": 1 if whole else 0, "one": 1, "many": 1 if whole else MANY}.get(case, 1 if whole else 12)
    values = tuple(
        tuple(None if case == "empty" else _value(column, at, case) for column in columns) for at in range(count)
    )
    limit = asked.limit if isinstance(asked, Query) else asked.request.limit
    rows = values[:limit]
    links = tuple(f"/s/shop/orders?filter=at%3A{at}" for at in range(len(rows)))
    more = len(values) > limit
    paged = isinstance(asked, Listing) and asked.paged
    return Result(columns, rows, 1.5, truncated=more, links=links, stretch=_first(more) if paged else None)


def _first(more: bool) -> Stretch:
    onward = "/dashboards/shop?at.w1=50&after.w1=c1#w1" if more else None
    return Stretch(0, "c1" if more else None, None, onward, None, "/dashboards/shop/~w/1", "/s/shop/orders/~count")


def answer_for(asked: Asked, schema: Schema, case: str) -> Result | EntryForm:
    """Return what a dashboard answers *asked* with: a form for an `Entry`, some rows for a function, else `result_for`.

    Raises:
        UnknownField: the entry names a field that is not there.
    """
    if isinstance(asked, FunctionCall):
        return _answered(case)
    if not isinstance(asked, Entry):
        return result_for(asked, schema, case)
    resource = schema.resource(asked.resource)
    fields = [resource.field(name) for name in (*asked.fields, *asked.presets)] or list(resource.fields)
    said = HOSTILE if case == "hostile" else "x" * 5000 if case == "huge" else resource.title
    inner = Markup('<label>{} <input name="value.{}"></label>')
    inputs = Markup().join(inner.format(f"{one.title} {said}", one.name) for one in fields)
    html = Markup('<form method="post" action="/s/shop/orders/new">{}<button>Save</button></form>').format(inputs)
    return EntryForm(html, said, resource.singular, tuple(one.title for one in fields), asked.action)


class WidgetContract:
    """Subclass it, name the widget, its folder and options that make sense over `schema`."""

    widget: ClassVar[Widget]
    folder: ClassVar[Path]
    options: ClassVar[Mapping[str, Any]] = {}
    schema: ClassVar[Schema] = shop()

    def validated(self) -> BaseModel:
        """Return the options; those of a widget that asks a source name one."""
        told = {"source": self.schema.source} if "source" in self.widget.options.model_fields else {}
        return self.widget.options.model_validate({**told, **self.options})

    def drawn(self, case: str) -> tuple[Drawing, str]:
        """Return the drawing and its HTML for one of `CASES`."""
        options = self.validated()
        asked = self.widget.queries(options, self.schema) if self.widget.queries else ()
        drawing = self.widget.draw(options, [answer_for(one, self.schema, case) for one in asked])
        return drawing, render(self.folder, self.widget.template, page_context(drawing))

    def test_its_folder_is_named_as_it_is_and_says_what_it_does(self) -> None:
        """The manifest, the template and the README are there."""
        manifest = (self.folder / "widget.toml").read_text(encoding="utf-8")
        assert f'name = "{self.folder.name}"' in manifest
        assert self.widget.name == self.folder.name
        assert (self.folder / "templates" / self.widget.template).is_file()
        assert (self.folder / "README.md").is_file()

    def test_its_options_have_a_schema_and_refuse_what_they_do_not_know(self) -> None:
        """The editor's form is made from the schema; a typing mistake in a file is not swallowed."""
        assert json.dumps(self.widget.options.model_json_schema())
        assert self.widget.options.model_config.get("extra") == "forbid"

    def test_its_questions_are_pure_and_valid(self) -> None:
        """Asked twice, it asks the same; `answer_for` checks each against the schema."""
        if self.widget.queries is None:
            return
        options = self.validated()
        first = list(self.widget.queries(options, self.schema))
        assert first == list(self.widget.queries(options, self.schema))
        assert [answer_for(one, self.schema, "one") for one in first]

    def test_it_draws_every_sort_of_answer_without_scripts_or_styles_of_its_own(self) -> None:
        """No answer makes it fail, and a strict content security policy holds."""
        for case in CASES:
            _, html = self.drawn(case)
            wrong = Inspection.of(html).wrong
            assert not wrong, f"{case}: {wrong}"

    def test_hostile_text_stays_text(self) -> None:
        """Nothing that comes from a row becomes an element."""
        _, html = self.drawn("hostile")
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "<b style" not in html

    def test_a_picture_says_its_sentence_and_has_its_table(self) -> None:
        """What is asked can be read by those who do not see the picture."""
        if self.widget.queries is None:
            return
        for case in CASES:
            drawing, html = self.drawn(case)
            assert drawing.summary.endswith("."), f"{case}: the summary is no sentence: {drawing.summary!r}"
            if self.widget.chart:
                assert drawing.table is not None, f"{case}: a chart needs a table view."
            elif case == "many":
                assert "<table" in html or "<data" in html or html.count("<form") == 1


class Inspection(HTMLParser):
    """Collects in `wrong` what a strict content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self._json: list[str] | None = None

    @classmethod
    def of(cls, html: str) -> Inspection:
        """Inspect *html*."""
        inspection = cls()
        inspection.feed(html)
        inspection.close()
        return inspection

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        told = dict(attrs)
        if tag == "script":
            if told.get("type") == "application/json":
                self._json = []
            else:
                self.wrong.append("an inline script")
        if tag in ("style", "link", "iframe", "object", "embed", "base"):
            self.wrong.append(f"a {tag} element")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.wrong.append(f"an inline {name} at {tag}")
            if name in ("href", "src", "action", "xlink:href") and re.match(
                r"\s*(javascript|data|vbscript):", value or "", re.I
            ):
                self.wrong.append(f"the address {value!r}")

    def handle_data(self, data: str) -> None:
        """Keep what stands in a block of JSON."""
        if self._json is not None:
            self._json.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Read a block of JSON when it ends."""
        if tag == "script" and self._json is not None:
            try:
                json.loads("".join(self._json), parse_constant=_no_constant)
            except ValueError as error:
                self.wrong.append(f"a block that is no JSON: {error}")
            self._json = None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON.")


def _listed(asked: Listing, schema: Schema) -> tuple[ResultColumn, ...]:
    names = asked.request.fields or tuple(schema.resource(asked.resource).by_name)
    fields = [(name, path_of(name)) for name in names]
    return tuple(
        ResultColumn(name, field_at(schema, asked.resource, path).kind, None, path, None,
                     path_title(schema, asked.resource, path))
        for name, path in fields
    )  # fmt: skip


def _value(column: ResultColumn, at: int, case: str) -> Any:
    if case == "null":
        return None
    kind = family(column.kind)
    if column.grain is not None or kind in ("date", "datetime"):
        moment = FIRST + timedelta(days=at)
        return moment if kind == "datetime" else moment.date()
    if kind == "number":
        return _number(column.kind, at, case)
    if kind == "boolean":
        return at % 2 == 0
    if kind == "time":
        return (FIRST + timedelta(minutes=at)).time()
    if case == "hostile":
        return f"{HOSTILE} {at}"
    return "x" * 5000 + str(at) if case == "huge" else f"value {at}"


def _answered(case: str) -> Result:
    kinds = ("text", "integer", "decimal", "boolean", "datetime")[: 1 if case == "one" else None]
    columns = tuple(ResultColumn(kind, kind, title=HOSTILE if case == "hostile" else kind) for kind in kinds)
    count = {"empty": 0, "one": 1, "many": MANY}.get(case, 12)
    rows = tuple(tuple(_value(column, at, case) for column in columns) for at in range(count))
    return Result(columns, rows, 1.5, truncated=case == "many")


def _number(kind: str, at: int, case: str) -> int | float | Decimal:
    if case == "huge":
        huge: list[int | float | Decimal] = [
            10**18 + at,
            Decimal("123456789012345678901234567890.12"),
            float("1e300"),
            -(10**15),
        ]
        return huge[at % 4]
    if kind == "integer":
        return at + 1
    return Decimal(at + 1) * Decimal("1.25") if kind == "money" else (at + 1) / 4
