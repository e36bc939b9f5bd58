"""Form: adds a row to a table, or changes one row, under the rights of whoever looks at it."""

from nexus_admin.sdk import Widget, hookimpl

from .draw import draw
from .options import FormOptions
from .query import queries


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="form",
            title="Form",
            options=FormOptions,
            queries=queries,
            draw=draw,
            width=4,
            height=6,
            icon="edit",
        )
    ]
