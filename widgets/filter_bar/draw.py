"""A filter bar draws what the dashboard gives every template as `filters`."""

from __future__ import annotations

from collections.abc import Sequence

from nexus_admin.sdk import Drawing, Result

from .options import FilterBarOptions


def draw(options: FilterBarOptions, results: Sequence[Result]) -> Drawing:
    """Return which of the filters to show."""
    return Drawing({"only": options.only})
