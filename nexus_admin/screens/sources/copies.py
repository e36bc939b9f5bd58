"""What the page of our copies says of each kind: what it is for, where it lies, and what is lost with it."""

from __future__ import annotations

from collections.abc import Iterable

from nexus_admin.actions.sources.copies import KINDS, Copies, Copy, Purged
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.screens.formats import number, plural, size


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind of copy is spoken of.

    Args:
        title: Its name.
        purpose: What it is kept for, and how long.
        place: Where it lies.
        one, many: What is counted.
        lost: What purging costs; empty for what cannot be purged.
        why: Why it cannot be, at length.
    """

    title: str
    purpose: str
    place: str
    one: str
    many: str
    lost: str = ""
    why: str = ""


WORDS = {
    "samples": Words(
        "Values seen in its rows",
        "Fields that choose from few values, and currencies: filters and forms offer them.",
        "Our database", "value", "values",
        "These fields become plain text: no list of values in forms and filters, no colours. No rows of this source "
        "are looked at any more when its structure is read; what is found otherwise then is listed for you to accept.",
    ),
    "receipts": Words(
        "Answers of the API",
        "A request with an Idempotency-Key that is sent again gets its first answer again. Kept for a day.",
        "Our database", "answer", "answers",
        "A request that is sent again is still not done twice, but its answer comes without its body. Answers whose "
        "address names no source are emptied too.",
    ),
    "favourites": Words(
        "Favourites of people", "Pages of this source that somebody starred, with their titles.", "Our database",
        "page", "pages", "They are gone from everybody's menu and have to be starred again.",
    ),
    "exports": Words(
        "Exports in the background", "Files of rows for whoever asked for them, sealed, until their time is over.",
        "Our database", "file", "files", "Nobody can download them any more; what is being written is given up.",
    ),
    "answers": Words(
        "Answers in memory", "Figures of dashboards and charts, for as long as each widget says.", "Memory", "answer",
        "answers", "The next who opens a dashboard waits for the database.",
    ),
    "structure": Words(
        "Structure of its tables", "Names and types of tables and fields, so that pages are there at once.",
        "Our database", "table", "tables",
        why="Every page of the source is made of it. It goes when the source is removed.",
    ),
    "ledger": Words(
        "Audit", "Who did what, with each row before and after: history, undo and proof.", "Our database", "entry",
        "entries",
        why="It stays for good. Each link of its chain is a hash over the very values, so an audit without them could "
        "not be proven, neither they nor what came after. Fields that are secret are never in it.",
    ),
    "dashboards": Words(
        "Saved dashboards", "What people wrote and filtered by. They hold no rows.", "Our database", "dashboard",
        "dashboards", why="Delete them under Dashboards.",
    ),
    "roles": Words(
        "Roles that name it", "Rules may compare with values that somebody typed.", "Our database", "role", "roles",
        why="Change their rules under Access.",
    ),
    "set_aside": Words(
        "States set aside", "What nexus restore replaced, whole.", "Files beside the state", "file", "files",
        why="Delete the files where the state lies.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of copy as the page shows it."""

    copy: Copy
    words: Words

    @property
    def kind(self) -> str:
        """Its name in addresses."""
        return self.copy.kind

    @property
    def count(self) -> str:
        """How many, as a number."""
        return number(self.copy.count)

    @property
    def size(self) -> str:
        """How big; a dash where that is not counted."""
        return "–" if self.copy.size is None else size(self.copy.size)

    @property
    def why(self) -> str:
        """Why it stays; empty where it can be purged."""
        return self.words.why or self.copy.stays

    @property
    def offered(self) -> bool:
        """Whether there is something to purge, and it can be."""
        return self.copy.kind in KINDS and not self.copy.stays and self.copy.count > 0

    @property
    def told(self) -> str:
        """How many of what."""
        return plural(self.copy.count, self.words.one, self.words.many)


def lines(copies: Copies) -> list[Line]:
    """Return every kind; what can be purged stands first."""
    return [Line(one, WORDS[one.kind]) for one in sorted(copies.kept, key=lambda one: one.kind not in KINDS)]


def said(purged: Purged) -> str:
    """Return what a purge did, as a sentence."""
    parts = _listed(plural(count, WORDS[kind].one, WORDS[kind].many) for kind, count in purged.gone.items())
    return " ".join(filter(None, (f"Purged of {purged.source}: {parts}.", purged.left)))


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)
