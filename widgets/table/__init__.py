"""Table: the first rows of a table in some order, all of its rows behind a scroll bar, or numbers by groups."""

from nexus_admin.sdk import Widget, hookimpl

from .draw import draw
from .options import TableOptions
from .query import queries


def assets(options: TableOptions) -> tuple[str, ...]:
    """Return what scrolling needs; a table that does not scroll needs nothing."""
    return ("scroll.js", "scroll.css") if options.rows == "all" else ()


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="table",
            title="Table",
            options=TableOptions,
            queries=queries,
            draw=draw,
            width=6,
            height=6,
            icon="table",
            frame="flush",
            assets=assets,
        )
    ]
