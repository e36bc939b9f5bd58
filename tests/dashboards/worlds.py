"""The bundled widgets, and how their templates are filled in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nexus_admin.domain.widget import Widget
from nexus_admin.testing.widgets import render
from widgets import bar, filter_bar, markdown, metric_card, table, time_series

FOLDER = Path(__file__).parent.parent.parent / "widgets"
WIDGETS: dict[str, Widget] = {
    one.name: one
    for folder in (metric_card, time_series, bar, table, filter_bar, markdown)
    for one in folder.nexus_widgets()
}


def rendered(widget: Widget, context: Mapping[str, Any]) -> str:
    return render(FOLDER / widget.name, widget.template, context)
