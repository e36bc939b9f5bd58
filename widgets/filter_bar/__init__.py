"""Filter bar: the dashboard's shared filters, placed among the widgets instead of above them."""

from nexus_admin.sdk import Widget, hookimpl

from .draw import draw
from .options import FilterBarOptions


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="filter_bar",
            title="Filters",
            options=FilterBarOptions,
            draw=draw,
            width=12,
            height=1,
            icon="filter",
            frame="bare",
        )
    ]
