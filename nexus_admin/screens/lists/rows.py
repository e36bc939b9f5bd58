"""The rows of a list as markup, in one pass: a column at a time, equal values drawn once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

from markupsafe import Markup, escape

from nexus_admin.domain.row import RowPage
from nexus_admin.screens.cells import Cell, quoted, safe
from nexus_admin.screens.lists.columns import Column

PICK = ('<td><input type="checkbox" class="nx-check" name="keys" value="', '" data-pick aria-label="', '">')
"""The look of these cells stands with `nx-grid--picks`: what every row repeats is kept short."""

END = "<td>"
"""The last cell is for the actions of the row; a script lays them into it. Cells and rows close each other."""


def body(page: RowPage, columns: Sequence[Column], here: str, *, picks: bool, state: str = "") -> Markup:
    """Return the rows of the table.

    Args:
        page: What was read.
        columns: How each value is drawn; the first holds the link to its row.
        here: The list's address relative to itself: its last part.
        picks: Whether rows can be ticked.
        state: The query string that a row's link carries, so that its page knows the list that it stands in.
    """
    if not page.rows or not columns:
        return Markup("")
    starts = ["<tr>" if key is None else f"<tr data-row={quoted(key)}>" for key in page.keys]
    parts: list[Iterable[str]] = [starts, opened(page, columns[0], here, picks=picks, state=state)]
    for column in columns[1:]:
        parts.append(repeat(opening(column.css, column.place, column.unit, column.said)))
        parts.append(draw_all(column.draw, [row.get(column.name) for row in page.rows]))
    # Joined, nothing of a cell is copied or looked at again.
    return Markup("\n".join(map("".join, zip(*parts, repeat(END), strict=False))))


def opened(page: RowPage, column: Column, here: str, *, picks: bool, state: str = "") -> list[str]:
    """Return the first cell of each row, with the box that ticks it and the link that opens it."""
    start = opening(column.css, column.place)
    link, end = f'{start}<a class=nx-grid__pk href="{here}/', f'{state}">'
    made = []
    for row, key in zip(page.rows, page.keys, strict=True):
        value = row.get(column.name)
        shown = column.draw(value)
        if key is None:
            made.append(f"{start}{shown}")
            continue
        name = safe(key)
        plain = shown
        if "<" in shown or "&" in shown:
            plain = escape(Markup(shown.striptags() if "<" in shown else shown).unescape())
        box = (PICK[0], name, PICK[1], plain or name, PICK[2]) if picks else ()
        inner = shown if "<a " not in shown else plain
        made.append("".join((*box, link, name, end, inner, "</a>")))
    return made


def opening(css: str, place: str, unit: str = "", said: str = "") -> str:
    """Return the tag that opens a cell."""
    more = f" class={css}" if css else ""
    if place:
        more += f" data-m={place}"
        if unit:
            more += f" data-unit={quoted(unit)}"
        if said:
            more += f" data-said={quoted(said)}"
    return f"<td{more}>"


def draw_all(draw: Cell, values: Sequence[Any]) -> list[Markup]:
    """Draw *values*; those that are the same text or number are drawn once."""
    known: dict[str | int | None, Markup] = {}
    made = []
    for value in values:
        kind = value.__class__
        if kind is not str and kind is not int and value is not None:  # True would be found as 1
            made.append(draw(value))
            continue
        shown = known.get(value)
        if shown is None:
            shown = known[value] = draw(value)
        made.append(shown)
    return made
