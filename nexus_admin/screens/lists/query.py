"""The state of a list as its address holds it: filter, search, sort, columns, page."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, urlencode

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.row import LAST
from nexus_admin.language.names import listed_paths

NAMES = ("filter", "search", "sort", "fields", "limit", "page", "after")
SIZES = (25, 50, 100, 200)
PLAIN = ","
"""What needs no escape in a query string, and stands in every list of columns."""
PLACE = secrets.token_hex(16)
"""Stands for a value in an address that is spelled for many of them; nobody can have put it into the rest."""
FURTHEST = 10_000_000
"""Rows that a jump may skip."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list's address asks for.

    Args:
        path: The list's address.
        filter: Text or JSON form.
        search: Words.
        sort: `-placed_at,id`; empty for the table's own order.
        fields: Columns by comma; empty for the table's own.
        after: A cursor, `last`, or empty.
        page: Which page this is, as far as it is known; without a cursor it is a jump.
        limit: Rows a page.
        usual: Rows a page where nothing is said.
        asked: What belongs into the query string.
        sorts: The parts of `sort`.
    """

    path: str
    filter: str = ""
    search: str = ""
    sort: str = ""
    fields: str = ""
    after: str = ""
    page: int = 0
    limit: int = 50
    usual: int = 50
    asked: dict[str, str] = field(init=False, repr=False, compare=False)
    sorts: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out what a page of addresses asks for again and again."""
        object.__setattr__(self, "asked", self._asked())
        object.__setattr__(self, "sorts", listed_paths(self.sort))

    def _asked(self) -> dict[str, str]:
        page = self.page if self.page > 1 else 0
        given = {
            "filter": self.filter, "search": self.search, "sort": self.sort, "fields": self.fields,
            "limit": str(self.limit) if self.limit != self.usual else "", "page": str(page or ""), "after": self.after,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value}

    @property
    def carried(self) -> str:
        """The query string of a row's address: which list the reader came from, where it is not the usual one."""
        state = {name: value for name, value in self.asked.items() if name in ("filter", "search", "sort")}
        return with_query("", {"list": urlencode(state, safe=PLAIN)}) if state else ""

    @property
    def narrowed(self) -> dict[str, str]:
        """What says which rows are meant, wherever the page begins."""
        return {name: value for name, value in self.asked.items() if name in ("filter", "search")}

    @property
    def kept(self) -> dict[str, str]:
        """What a new filter or search leaves as it is."""
        return {name: value for name, value in self.asked.items() if name in ("sort", "fields", "limit")}

    def url(self, verb: str = "", **changes: str) -> str:
        """Return the address with some of it changed; a page of its own only where *changes* name one.

        Args:
            verb: `count`, `filter` …: a page about this list.
            changes: New values; an empty one is left out.
        """
        begin = {} if {"after", "page"} & set(changes) else {"after": "", "page": ""}
        return with_query(f"{self.path}/~{verb}" if verb else self.path, self.asked, **{**begin, **changes})

    def varying(self, name: str, verb: str = "") -> Callable[[str], str]:
        """Return what gives the address with another value of *name*, for pages that have one for each column."""
        before, _, after = self.url(verb, **{name: PLACE}).partition(PLACE)
        return lambda value: f"{before}{_escaped(value)}{after}"

    def data(self) -> dict[str, Any]:
        """Return what `row.list` takes."""
        given: dict[str, Any] = {"filter": self.filter or None, "search": self.search, "sort": self.sort}
        if self.after:
            given["after"] = self.after
        elif self.page > 1:
            given["offset"] = (self.page - 1) * self.limit
        return {**given, "limit": self.limit}

    @property
    def begins_at(self) -> int:
        """The number of the first row, 0 where it is not known."""
        if self.after and not self.page:
            return 0
        return (max(self.page, 1) - 1) * self.limit + 1


def read_query(path: str, given: Mapping[str, str], usual: int) -> ListQuery:
    """Read a query string; what is no number, or too large, is as if it were not there."""
    limit = min(whole(given.get("limit", "")) or usual, 1000)
    page = min(whole(given.get("page", "")), FURTHEST // limit)
    after = given.get("after", "")
    return ListQuery(
        path, given.get("filter", "").strip(), given.get("search", "").strip()[:500], given.get("sort", "").strip(),
        given.get("fields", "").strip(), after, 0 if after == LAST else page, limit, usual,
    )  # fmt: skip


def whole(text: str) -> int:
    """Return the number in *text*, 0 where there is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def with_query(path: str, query: Mapping[str, str], **changes: str | None) -> str:
    """Return *path* with the query string changed; a value of None or "" is left out."""
    kept = [_pair(key, value) for key, value in {**query, **changes}.items() if value]
    return f"{path}?{'&'.join(kept)}" if kept else path


@lru_cache(maxsize=2048)
def _pair(name: str, value: str) -> str:
    """Return one part of a query string; a page holds most of them dozens of times."""
    return f"{quote_plus(name, PLAIN)}={quote_plus(value, PLAIN)}"


@lru_cache(maxsize=2048)
def _escaped(value: str) -> str:
    """Return *value* as it stands in a query string."""
    return quote_plus(value, PLAIN)
