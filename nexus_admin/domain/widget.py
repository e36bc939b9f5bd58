"""Widgets: options -> queries -> something drawn; and dashboards made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.query import Asked, Result
from nexus_admin.domain.resource import Schema


class NoOptions(BaseModel):
    """The options of a widget that has none."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a widget made of its results.

    Args:
        context: For the widget's template; plain values.
        summary: One sentence that says what the picture shows, for people who do not see it.
        table: The result that stands behind the picture, for its table view; None where there is nothing to tabulate.
    """

    context: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""
    table: Result | None = None


def no_assets(_options: Any) -> Sequence[str]:
    """Return the files of a widget that needs none of its own."""
    return ()


def nothing_drawn(_options: Any, _results: Sequence[Any]) -> Drawing:
    """Return the drawing of a widget whose template needs only its options."""
    return Drawing()


@dataclass(frozen=True, slots=True)
class Widget:
    """Something that a dashboard can hold.

    Args:
        name: The folder's name.
        title: What people read in the gallery.
        options: The model of its options; its JSON Schema makes the editor's form.
        queries: `queries(options, schema) -> queries`; pure. None for a widget that asks nothing. A `Listing` among
            them is answered as a Result too, an `Entry` as an EntryForm. The dashboard adds the option `filter` and
            its shared filters to each but an Entry.
        draw: `draw(options, results) -> Drawing`; pure; results in the order of the queries.
        template: File in the widget's own `templates/`.
        width: Usual columns of 12.
        height: Usual rows.
        chart: True where the page must load the chart library.
        icon: Name of an icon.
        frame: `card` puts a head with the title over the picture, `flush` lets it touch the edges below the head,
            `bare` leaves all to the template.
        assets: `assets(options) -> files` of the widget's own `static/` that a page must load for it: `.js` as modules
            before Alpine starts, `.css` as stylesheets. Each is loaded once a page.
        owner: The extension that declared it; the kernel fills it in.
    """

    name: str
    title: str
    options: type[BaseModel] = NoOptions
    queries: Callable[[Any, Schema], Sequence[Asked]] | None = None
    draw: Callable[[Any, Sequence[Any]], Drawing] = nothing_drawn
    template: str = "widget.html"
    width: int = 4
    height: int = 4
    chart: bool = False
    icon: str = "chart-bar"
    frame: Literal["card", "flush", "bare"] = "card"
    assets: Callable[[Any], Sequence[str]] = no_assets
    owner: str = "nexus"


class Placement(BaseModel):
    """One widget on a dashboard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    widget: str = Field(description="A widget's name.")
    title: str = ""
    width: int | None = Field(None, ge=1, le=12, description="Columns of 12; None for the widget's usual.")
    height: int | None = Field(None, ge=1, le=12, description="Rows; None for the widget's usual.")
    options: Mapping[str, Any] = Field(default_factory=dict)


class SharedFilter(BaseModel):
    """A filter of the whole dashboard; it reaches every widget whose resource has the field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(description="A field path, e.g. `status` or `customer.country`.")
    title: str = ""
    kind: Literal["period", "choice", "text"] = "choice"
    default: str = ""


class Dashboard(BaseModel):
    """A page of widgets, as a TOML file or a row of the state database."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")
    title: str
    description: str = ""
    source: str = Field(description="The data source that its widgets ask unless they name another.")
    filters: tuple[SharedFilter, ...] = ()
    widgets: tuple[Placement, ...] = ()
    generated: bool = False
    note: str = Field("", description="What a reader must know, e.g. that figures are from a sample.")
