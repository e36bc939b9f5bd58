"""Where a table of all rows stands: its place in the dashboard's address, and the ways from there to the other rows.

`at.w3=100` gives the widget `w3` the rows after its first hundred, counted off. With `after.w3`, a cursor
that a page gave, the database goes there by the key instead, and `at` only says where that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from nexus_admin.dashboards.filters import Given
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.query import Listing, Stretch
from nexus_admin.domain.row import RowPage

AT, AFTER = "at.", "after."
PLACES = (AT, AFTER)
"""What names of the address begin with that say where a widget stands."""

FARTHEST = 10_000_000
"""Rows that may be counted off."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one widget stands among its rows.

    Args:
        widget: Its id on the page, `w3`.
        number: Its number in addresses, `3`.
        here: The dashboard's address.
        others: What else the dashboard's address says.
        at: Rows before its first.
        after: The cursor that leads there; None where rows are counted off.
    """

    widget: str
    number: int
    here: str
    others: Mapping[str, object]
    at: int = 0
    after: str | None = None

    @classmethod
    def of(cls, given: Given, index: int, here: str) -> Place:
        """Read the place of the widget that is *index* widgets behind the first.

        Raises:
            BadRequest: it is no number.
        """
        widget = f"w{index + 1}"
        at, after = (str(given.get(prefix + widget) or "") for prefix in PLACES)
        if at and not (at.isdecimal() and len(at) < 9 and int(at) <= FARTHEST):
            raise BadRequest(f"{AT}{widget}={at[:20]!r} is no number of rows up to {FARTHEST:,}.")
        others = {name: told for name, told in given.items() if name not in (AT + widget, AFTER + widget)}
        return cls(widget, index + 1, here, others, int(at or 0), after or None)

    def asked(self, one: Listing) -> Listing:
        """Return *one* as it is asked from here."""
        if not one.paged:
            return one
        return replace(one, request=replace(one.request, cursor=self.after, offset=0 if self.after else self.at))

    def stretch(self, page: RowPage, rows: str) -> Stretch:
        """Return where *page* stands; *rows* is the address of the list of the same rows."""
        path, _, query = rows.partition("?")
        behind = self.at + len(page.rows)
        return Stretch(
            at=self.at,
            next=page.next,
            previous=page.previous,
            onward=self._page({AT + self.widget: behind, AFTER + self.widget: page.next}) if page.next else None,
            first=self._page({}) if self.at or self.after else None,
            alone=_with(f"{self.here}/~w/{self.number}", self.others),
            count=f"{path}/~count" + (f"?{query}" if query else ""),
        )

    def _page(self, place: Mapping[str, object]) -> str:
        return f"{_with(self.here, {**self.others, **place})}#{self.widget}"


def _with(path: str, told: Mapping[str, object]) -> str:
    return f"{path}?{urlencode(told, doseq=True)}" if told else path
