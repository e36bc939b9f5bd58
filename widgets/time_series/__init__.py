"""Time series: numbers by day, week or month, as lines, areas or bars."""

from nexus_admin.sdk import Widget, hookimpl

from .draw import draw
from .options import TimeSeriesOptions
from .query import queries


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="time_series",
            title="Course over time",
            options=TimeSeriesOptions,
            queries=queries,
            draw=draw,
            width=8,
            height=5,
            chart=True,
            icon="chart-line",
        )
    ]
