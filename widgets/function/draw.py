"""From what a function answered to one large value, or to heads and cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus_admin.sdk import Drawing, Result, ResultColumn, figure, number

from .options import FunctionOptions

LONGEST = 120
NUMBERS = ("integer", "decimal")


def draw(options: FunctionOptions, results: Sequence[Result]) -> Drawing:
    """Return `value`, one cell, where there is no more than that; else `heads` (title, numeric), `rows`, and `more`."""
    result = results[0]
    shown = result.rows[: options.limit]
    rows = [[_cell(value, column) for value, column in zip(row, result.columns, strict=True)] for row in shown]
    more = result.truncated or len(result.rows) > len(shown)
    if len(result.rows) == len(result.columns) == 1:
        (cell,) = rows[0]
        return Drawing({"value": cell, "heads": [], "rows": [], "more": False}, f"It is {cell['full']}.")
    heads = [{"title": one.title, "numeric": one.kind in NUMBERS} for one in result.columns]
    names = ", ".join(one.title for one in result.columns)
    said = f"{len(rows)} row{'' if len(rows) == 1 else 's'}{' of more' if more else ''}: {names}."
    return Drawing({"value": None, "heads": heads, "rows": rows, "more": more}, said if rows else "There is nothing.")


def _cell(value: Any, column: ResultColumn) -> dict[str, Any]:
    full = figure(value, column.kind)[:2000]
    numeric = column.kind in NUMBERS
    return {
        "text": full if len(full) <= LONGEST else f"{full[:LONGEST]}…",
        "full": full,
        "nothing": value is None,
        "numeric": numeric,
        "raw": number(value) if numeric else None,
    }
