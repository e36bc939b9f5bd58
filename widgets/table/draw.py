"""From a result to heads and cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from nexus_admin.sdk import Drawing, Result, ResultColumn, bucket, family, figure, number, pill

from .options import TableOptions

LONGEST = 120


def draw(options: TableOptions, results: Sequence[Result]) -> Drawing:
    """Return `heads` (title, numeric), `rows` (link, cells), whether there are `more`, and how it may `scroll`."""
    result = results[0]
    heads = [{"title": one.title or one.name, "numeric": _numeric(one)} for one in result.columns]
    links = result.links or (None,) * len(result.rows)
    rows = [
        {"link": link, "cells": [_cell(value, column) for value, column in zip(row, result.columns, strict=True)]}
        for row, link in zip(result.rows, links, strict=True)
    ]
    names = ", ".join(one.title or one.name for one in result.columns)
    said = f"{len(rows)} row{'' if len(rows) == 1 else 's'}{' of more' if result.truncated else ''}: {names}."
    context = {"heads": heads, "rows": rows, "more": result.truncated, "scroll": _scroll(options, result)}
    return Drawing(context, said if rows else "There are no rows.")


def _scroll(options: TableOptions, result: Result) -> dict[str, Any] | None:
    there = result.stretch
    if there is None or not (result.rows or there.at):
        return None
    return {
        "stretch": there,
        "size": options.page,
        "row_height": options.row_height,
        "overscan": options.overscan,
        "said": f"{there.at + 1:,}–{there.at + len(result.rows):,}" if result.rows else "",
    }


def _numeric(column: ResultColumn) -> bool:
    return family(column.kind) == "number" and column.kind != "year"


def _without_year(text: str, day: date) -> str:
    """Say the year only where it is another one than this, as lists do."""
    return text.replace(f" {day:%Y}", "", 1) if day.year == datetime.now(UTC).year else text


def _cell(value: Any, column: ResultColumn) -> dict[str, Any]:
    if column.whole_days and isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        value = value.date()
    full = bucket(value, column.grain) if column.grain else figure(value, column.kind, column.unit)
    if column.names and isinstance(value, int):
        full = str(value)
    if column.kind == "uuid" or isinstance(value, bytes):
        full = value.hex() if isinstance(value, bytes) else str(value)
    near = _without_year(full, value) if isinstance(value, date) and not column.grain else full
    short = near if len(near) <= LONGEST else f"{near[:LONGEST]}…"
    return {
        "text": short,
        "full": full[:2000] if short != full else None,
        "nothing": value is None,
        "pill": pill(str(value), column.choices) if value is not None and column.kind == "enum" else None,
        "numeric": _numeric(column),
        "raw": number(value) if _numeric(column) else None,
    }
