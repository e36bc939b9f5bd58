"""Live chart: what the messages of a topic, or the events of a stream, count, as lines that move on as they come."""

from nexus_admin.sdk import Widget, hookimpl

from .draw import draw
from .options import LiveChartOptions


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="live_chart",
            title="Live chart",
            options=LiveChartOptions,
            draw=draw,
            width=8,
            height=5,
            icon="chart-line",
            assets=lambda _options: ("live.js", "live.css"),
        )
    ]
