"""Bars: a number for each value of a field, largest first. Plain HTML: it needs no JavaScript."""

from nexus_admin.sdk import Widget, hookimpl

from .draw import draw
from .options import BarOptions
from .query import queries


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="bar",
            title="Bars",
            options=BarOptions,
            queries=queries,
            draw=draw,
            width=4,
            height=6,
            icon="chart-hbar",
        )
    ]
