"""Function: what a function of an extension answers, as one large value or as a table."""

from nexus_admin.sdk import Widget, hookimpl

from .draw import draw
from .options import FunctionOptions
from .query import queries


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="function",
            title="Function",
            options=FunctionOptions,
            queries=queries,
            draw=draw,
            width=4,
            height=4,
            icon="bolt",
        )
    ]
