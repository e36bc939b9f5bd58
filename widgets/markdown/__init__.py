"""Text: Markdown on a dashboard. What it makes is cleaned, so that no text can act."""

from nexus_admin.sdk import Widget, hookimpl

from .draw import draw
from .options import MarkdownOptions


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="markdown",
            title="Text",
            options=MarkdownOptions,
            draw=draw,
            width=6,
            height=2,
            icon="t-text",
        )
    ]
