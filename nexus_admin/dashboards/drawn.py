"""What a page is given: a dashboard with every widget drawn, or with the sentence that says why one is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from nexus_admin.dashboards.filters import DrawnFilter
from nexus_admin.domain.query import Result


@dataclass(frozen=True, slots=True)
class DrawnWidget:
    """One widget, drawn.

    Args:
        id: Unique on the page: `w1`, `w2`, …
        name: The widget's name.
        title: In its head.
        width: Columns of 12.
        height: Rows.
        frame: As `Widget.frame`.
        html: The picture; None where there is none (yet).
        error: Why there is none; empty where all is well.
        summary: One sentence that says what the picture shows.
        table: What stands behind a chart, for its table view; None where the picture is text already.
        chart: Whether it needs the chart library.
        took_ms: Time in the databases.
        links: Addresses: `open` is the list of all rows behind it.
        filters: Fields of the shared filters that reach it.
    """

    id: str
    name: str
    title: str
    width: int
    height: int
    frame: str = "card"
    html: Markup | None = None
    error: str = ""
    summary: str = ""
    table: Result | None = None
    chart: bool = False
    took_ms: float = 0.0
    links: Mapping[str, str] = field(default_factory=dict)
    filters: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether nobody has drawn it yet."""
        return self.html is None and not self.error


@dataclass(frozen=True, slots=True)
class DrawnDashboard:
    """A dashboard for the page; `note` is what a reader must know, e.g. that figures are from a sample."""

    name: str
    title: str
    description: str = ""
    note: str = ""
    source: str = ""
    generated: bool = False
    filters: tuple[DrawnFilter, ...] = ()
    widgets: tuple[DrawnWidget, ...] = ()

    @property
    def charts(self) -> bool:
        """Whether the page needs the chart library."""
        return any(one.chart for one in self.widgets)

    @property
    def took_ms(self) -> float:
        """Time in the databases, of all widgets together."""
        return sum(one.took_ms for one in self.widgets)

    @property
    def own_filter_bar(self) -> bool:
        """Whether one of the widgets shows the filters, so that the page need not."""
        return any(one.name == "filter_bar" for one in self.widgets)
