"""Whether a widget that was declared can be drawn at all: asked once, at the start, and not by the first reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.widget import Widget

COLUMNS = 12


def check_widget(owner: str, widget: Any, folder: Path | None) -> None:
    """Refuse what is no widget, or one that could never be drawn.

    Args:
        owner: Who declared it.
        widget: What the hook returned.
        folder: The extension's own; None for one of the house.

    Raises:
        ExtensionError: names the owner and what does not fit.
    """
    if not isinstance(widget, Widget):
        raise ExtensionError(f"{owner}: nexus_widgets must return Widgets, not {type(widget).__name__}.")
    options: Any = widget.options
    if not (isinstance(options, type) and issubclass(options, BaseModel)):
        given = getattr(options, "__name__", type(options).__name__)
        raise ExtensionError(f"{owner}: The options of {widget.name!r} must be a pydantic model, not {given}.")
    for part, value, optional in (
        ("queries", widget.queries, True),
        ("draw", widget.draw, False),
        ("assets", widget.assets, False),
    ):
        if not callable(value) and not (optional and value is None):
            kind = type(value).__name__
            raise ExtensionError(f"{owner}: The {part} of {widget.name!r} must be a function, not {kind}.")
    if not 1 <= widget.width <= COLUMNS:
        raise ExtensionError(f"{owner}: {widget.name!r} takes {widget.width} columns; a dashboard has {COLUMNS}.")
    if folder is not None and not (folder / "templates" / widget.template).is_file():
        raise ExtensionError(f"{owner}: {widget.name!r} has no templates/{widget.template} to be drawn with.")
