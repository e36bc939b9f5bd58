"""Rows as they leave the data room, and what a list asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.expression import Expression

LAST = "last"
"""The cursor of the last page."""

Row = dict[str, Any]
"""Values by field name: None, bool, int, Decimal, float, str, bytes, date, datetime, time, timedelta, UUID,
list and dict (parsed JSON), Masked, or Unreadable. A hidden field is not in it."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A value that the actor may not read; `shape` is all that leaves the server, e.g. `h•••@example.com`."""

    shape: str = "••••"

    def __str__(self) -> str:
        return self.shape


class Unsealed(str):
    """A value of an encrypted field that stands in the clear: written before, or by another program."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What the driver gave and we could not read as its kind; shown as text and marked, never written back."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What a list asks for.

    Args:
        where: The filter; None for all.
        search: Words of the search box.
        sort: Paths over to-one relations with a leading `-` for descending; () for the resource's own order.
        fields: Names or to-one paths (`customer.country`) to return; () for all that may be seen.
        limit: Rows a page, 1 to 1,000.
        cursor: Where to go on, as `RowPage.next` or `RowPage.previous` gave it, bound to sort and filter; or LAST.
        offset: A jump, only where asked for; not together with a cursor.
    """

    where: Expression | None = None
    search: str = ""
    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    limit: int = 50
    cursor: str | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of a list.

    Args:
        rows: In order.
        keys: For each row its key as one address segment, or None where the table has no key.
        labels: For each to-one relation shown: the far row's title by the far key's segment.
        next: Cursor of the next page, None on the last one.
        previous: Cursor of the page before, None on the first one.
        sort: The order that was really used, ties by the key included.
        took_ms: Time in the database, in milliseconds.
    """

    rows: list[Row]
    keys: list[str | None]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    next: str | None = None
    previous: str | None = None
    sort: tuple[str, ...] = ()
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows; always shown as what it is.

    Args:
        value: The number.
        how: `exact`, `capped` (at least that many) or `estimate`.
    """

    value: int
    how: Literal["exact", "capped", "estimate"]
