"""Drawing side by side: widgets that are quick come with the page, those that are slow come later by themselves."""

from __future__ import annotations

from collections.abc import Container
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

from nexus_admin.dashboards.draw import Painter
from nexus_admin.dashboards.drawn import DrawnDashboard
from nexus_admin.dashboards.filters import Given
from nexus_admin.domain.widget import Dashboard

AT_ONCE = 6
"""Widgets that are drawn at the same time, of all readers together: databases have work of their own."""


class Together:
    """Draws the widgets of dashboards in threads of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, "widget")

    def draw(
        self,
        painter: Painter,
        dashboard: Dashboard,
        given: Given | None = None,
        budget: float | None = None,
        only: Container[str] | None = None,
    ) -> DrawnDashboard:
        """Draw all of *dashboard*.

        Args:
            painter: Of the reader.
            dashboard: What to draw.
            given: The address's query string.
            budget: Seconds after which the page goes out with whatever is not drawn still waiting; None: never.
            only: Ids of the widgets that are wanted, the others are left waiting; None: all.
        """
        outline = painter.outline(dashboard, given)
        drawn = {
            frame.id: self._pool.submit(painter.draw_widget, dashboard, at, given, outline)
            for at, frame in enumerate(outline.widgets)
            if only is None or frame.id in only
        }
        done, _ = wait(drawn.values(), budget if only is None else None)
        widgets = (drawn[one.id].result() if drawn.get(one.id) in done else one for one in outline.widgets)
        return replace(outline, widgets=tuple(widgets))

    def close(self) -> None:
        """Let what has begun end, and begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
