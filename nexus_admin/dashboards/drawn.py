"""What a page is given: a dashboard with every widget drawn, or with the sentence that says why one is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from markupsafe import Markup

from nexus_admin.dashboards.filters import DrawnFilter
from nexus_admin.domain.dataclass import dataclass
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
        missed: Titles of the shared filters that are set and do not reach it.
        over: Tables that its answers are of, as `source/table`: a form that writes there has it drawn anew.
        lasting: Whether its error stays as it is, however often it is tried.
        age: Seconds since the oldest of its answers was given.
        assets: Files of the widget's own `static/` that the page must load for it.
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
    missed: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    lasting: bool = False
    age: float = 0.0
    assets: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether nobody has drawn it yet."""
        return self.html is None and not self.error


@dataclass(frozen=True, slots=True)
class DrawnDashboard:
    """A dashboard for the page.

    Args:
        name: As in its address.
        title: In its head.
        description: A sentence about it.
        note: What a reader must know, e.g. that figures are from a sample.
        source: The data source that it is about.
        generated: Whether nobody has written it.
        filters: Shared by its widgets.
        widgets: In order.
        grain: The step of time that the address asks for; empty: each widget's own.
        grains: Whether any widget takes one.
    """

    name: str
    title: str
    description: str = ""
    note: str = ""
    source: str = ""
    generated: bool = False
    filters: tuple[DrawnFilter, ...] = ()
    widgets: tuple[DrawnWidget, ...] = ()
    grain: str = ""
    grains: bool = False

    @property
    def age(self) -> float:
        """Seconds since the oldest answer on it was given."""
        return max((one.age for one in self.widgets), default=0.0)

    @property
    def filtered(self) -> bool:
        """Whether any of its filters is set."""
        return any(one.value for one in self.filters)

    @property
    def waiting(self) -> bool:
        """Whether some widgets are still to be drawn."""
        return any(one.waiting for one in self.widgets)

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
