"""What the pages of exports say: how many rows are meant, how far one is that a worker writes, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping

from nexus_admin.actions.exports.kept import Export
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import Locale
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import RowCount
from nexus_admin.screens.formats import moment, number, plural, size

STATES = {
    "waiting": "It waits for its turn", "running": "It is being written", "done": "Ready", "failed": "It failed",
    "cancelled": "Stopped", "expired": "Its time is over", "withheld": "Withheld",
}  # fmt: skip
WORDS = {
    "waiting": ("Waiting", "gray"), "running": ("Being written", "blue"), "done": ("Ready", "green"),
    "failed": ("Failed", "red"), "cancelled": ("Stopped", "gray"), "expired": ("Expired", "gray"),
    "withheld": ("Withheld", "amber"),
}  # fmt: skip
TONES = {"done": "success", "failed": "danger", "withheld": "warning"}
ICONS = {"done": "check-circle", "failed": "alert", "withheld": "lock", "expired": "clock", "cancelled": "ban"}


@dataclass(frozen=True, slots=True)
class ExportPage:
    """One export that a worker writes.

    Args:
        id: Its id.
        state: Its state's name.
        title: A word or two.
        word: The same for a list, with its hue.
        tone, icon: Of the sentence.
        said: How far it is, or how it ended.
        name: Of the file, or of the table while there is none.
        figures: Its rows and its size; "" while there is none.
        when: When it was asked for, or how long it is kept.
        done, total: For the bar, in rows; no total where nobody knows how many there are.
        over: Whether nothing more comes.
        asked: What it is about, by what it is called.
        query: The same for a list's address.
    """

    id: str
    state: str
    title: str
    word: tuple[str, str]
    tone: str
    icon: str
    said: str
    name: str
    figures: str
    when: str
    done: int
    total: int | None
    over: bool
    asked: tuple[tuple[str, str], ...]
    query: Mapping[str, str]

    @property
    def percent(self) -> int:
        """How much of it is done, in hundredths."""
        return min(int(100 * self.done / self.total), 100) if self.total else 0


def export_page(seen: Export, locale: Locale) -> ExportPage:
    """Return the page of what *seen* says."""
    record, progress = seen.record, seen.progress or {}
    done, total = int(progress.get("done") or 0), progress.get("total")
    kept = seen.state in ("done", "withheld") and record.expires_at is not None
    figures = f"{plural(record.rows, 'row')} · {size(record.bytes or 0)}" if record.rows is not None else ""
    when = f"asked {moment(record.asked_at, locale)}"
    if kept and record.expires_at is not None:
        when = f"until {moment(record.expires_at, locale)}"
    return ExportPage(
        record.id, seen.state, STATES[seen.state], WORDS[seen.state], TONES.get(seen.state, "info"),
        ICONS.get(seen.state, "clock"), _said(seen, locale), record.name or record.title, figures, when, done,
        int(total) if total else None, seen.over, _asked(seen), _query(seen),
    )  # fmt: skip


def _said(seen: Export, locale: Locale) -> str:
    record, progress = seen.record, seen.progress or {}
    match seen.state:
        case "waiting":
            return "It begins as soon as a worker is free."
        case "running":
            done, total = int(progress.get("done") or 0), progress.get("total")
            return f"{number(done)} of about {plural(int(total), 'row')}" if total else f"{plural(done, 'row')} so far"
        case "done":
            until = f" It is kept until {moment(record.expires_at, locale)}." if record.expires_at else ""
            return f"{plural(record.rows or 0, 'row')}, {size(record.bytes or 0)}.{until}"
        case "cancelled":
            return "Nothing of the file was kept."
        case "expired":
            return "The file was deleted. Export again where you still need it."
        case _:
            return seen.error


def _asked(seen: Export) -> tuple[tuple[str, str], ...]:
    if seen.asked is None:
        return ()
    given = seen.asked
    told = {
        "Filter": given.filter if isinstance(given.filter, str) else ("As JSON" if given.filter else ""),
        "Search": given.search,
        "Sorted by": given.sort,
        "Columns": given.fields.replace(",", ", "),
        "Rows at most": number(given.most) if given.most else "",
        "Format": given.format.upper(),
    }
    return tuple((name, text) for name, text in told.items() if text)


def _query(seen: Export) -> dict[str, str]:
    """Return what a list's address asks for the same rows."""
    if seen.asked is None:
        return {}
    given = seen.asked
    where = given.filter if isinstance(given.filter, str) else json.dumps(given.filter) if given.filter else ""
    found = {"filter": where, "search": given.search, "sort": given.sort, "fields": given.fields}
    return {name: text for name, text in found.items() if text}


def counted(count: RowCount, resource: Resource) -> str:
    """Return how many rows are meant: `3 orders`, `≈ 20,000 orders`, `more than 10,000 orders`."""
    what = (resource.singular if count.value == 1 and count.how == "exact" else resource.title).lower()
    mark = {"exact": "", "capped": "more than ", "estimate": "≈ "}[count.how]
    return f"{mark}{number(count.value)} {what}"


def is_large(count: RowCount, most: int) -> bool:
    """Whether so many are meant that a worker writes them; *most* of 0 says never."""
    return most > 0 and (count.value >= most or count.how == "capped")
