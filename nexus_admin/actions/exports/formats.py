"""The formats that `rows.export` can write: CSV, JSON, and JSON by lines; extensions add theirs by the same hook."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from nexus_admin.data.values.show import to_json, to_text
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Masked, Row
from nexus_admin.sdk.declarations import Exporter

ROWS = 500
"""Rows that are written at a time."""
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_NUMBER = re.compile(r"[+-]?[0-9]*[.,]?[0-9]+(e[+-]?[0-9]+)?", re.IGNORECASE)


class Exporters:
    """Every format by its name.

    Args:
        declared: Gives those that there are now: extensions come and go.
    """

    def __init__(self, declared: Callable[[], Mapping[str, Exporter]]) -> None:
        self._declared = declared

    def get(self, name: str) -> Exporter:
        """Return the format called *name*.

        Raises:
            BadRequest: there is none; names the nearest neighbour.
        """
        known = self._declared()
        if name not in known:
            hint = did_you_mean(name, known, f"There are: {', '.join(known)}.")
            raise BadRequest(f"Rows cannot be exported as {name[:40]!r}.{hint}")
        return known[name]

    def all(self) -> list[Exporter]:
        """Return every format, the house's first."""
        return list(self._declared().values())


def safe_cell(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula; numbers stay numbers."""
    if text.lstrip(" ").startswith(_DANGEROUS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def write_csv(fields: Sequence[Field], rows: Iterable[Row], safe: bool = True) -> Iterator[bytes]:
    """Yield rows as CSV (RFC 4180) under a line of names; what is NULL is empty.

    Args:
        fields: The columns.
        rows: As the asker may see them.
        safe: Cells that a spreadsheet would run as formulas get an apostrophe in front.
    """
    cell = safe_cell if safe else str
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([cell(field.name) for field in fields])
    for count, row in enumerate(rows, start=1):
        writer.writerow([cell(_text(field, row)) for field in fields])
        if count % ROWS == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def write_json(fields: Sequence[Field], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield rows as one JSON list of objects."""
    between = "[\n"
    for part in _objects(fields, rows):
        yield (between + ",\n".join(part)).encode("utf-8", "backslashreplace")
        between = ",\n"
    yield b"\n]\n" if between != "[\n" else b"[]\n"


def write_lines(fields: Sequence[Field], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield rows as JSON objects, one a line."""
    for part in _objects(fields, rows):
        yield ("\n".join(part) + "\n").encode("utf-8", "backslashreplace")


def _objects(fields: Sequence[Field], rows: Iterable[Row]) -> Iterator[list[str]]:
    names = [field.name for field in fields]
    part: list[str] = []
    for row in rows:
        part.append(json.dumps({name: to_json(row.get(name)) for name in names}, ensure_ascii=False))
        if len(part) >= ROWS:
            yield part
            part = []
    if part:
        yield part


def _text(field: Field, row: Row) -> str:
    value = row.get(field.name)
    return str(value) if isinstance(value, Masked) else to_text(field, value)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "backslashreplace")


EXPORTERS = (
    Exporter("csv", "CSV", "text/csv; charset=utf-8", write_csv),
    Exporter("json", "JSON", "application/json", write_json),
    Exporter("ndjson", "JSON by lines", "application/x-ndjson", write_lines),
)
RAW_CSV = Exporter("csv", "CSV", "text/csv; charset=utf-8", partial(write_csv, safe=False))
"""As the database has it, formulas and all."""
