"""Metric card: one number, its change against the period before, its course, and a target."""

from nexus_admin.sdk import Widget, hookimpl

from .draw import draw
from .options import MetricOptions
from .query import queries


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="metric_card",
            title="Number",
            options=MetricOptions,
            queries=queries,
            draw=draw,
            width=3,
            height=2,
            icon="metric",
            frame="bare",
        )
    ]
