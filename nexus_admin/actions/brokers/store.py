"""`store.*`: how the shared store is doing, its keys, one of them with what it holds, and taking keys away."""

from __future__ import annotations

import heapq
from itertools import islice

from pydantic import Field

from nexus_admin.actions.brokers.contents import Shown, names_secret, shown
from nexus_admin.actions.brokers.parts import PAYLOAD, Asked, acting, looking, sees_contents, store_of
from nexus_admin.actions.brokers.watch import Course, Watch
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.brokers.store.protocol import Entry, Store, StoreFigures
from nexus_admin.domain.action import Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NotFound

LOOKED_AT = 100_000
"""Keys that one look goes through, at most."""


class ScanInput(Asked):
    """Which keys."""

    prefix: str = Field("", max_length=1024, description="Only keys that begin so.")
    after: str = Field("", max_length=1024, description="Only keys behind this one.")
    limit: int = Field(100, ge=1, le=500)


class KeyInput(Asked):
    """Which key."""

    key: str = Field(min_length=1, max_length=1024)


class KeysInput(Asked):
    """Which keys."""

    keys: list[str] = Field(min_length=1, max_length=500)


@dataclass(frozen=True, slots=True)
class StoreSeen:
    """How the store is doing, lately and since it was made."""

    figures: StoreFigures
    course: Course
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeySeen:
    """A key.

    Args:
        size: Bytes of its value.
        expires_in: Seconds that it has left; None lives on.
        shown: What it holds; None in lists.
    """

    key: str
    type: str
    size: int
    expires_in: float | None
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """Keys that begin alike, up to a `:`; and what their values take."""

    name: str
    keys: int
    size: int


@dataclass(frozen=True, slots=True)
class KeysSeen:
    """Keys in their order.

    Args:
        next: `after` of the next page, "" on the last.
        prefixes: What the keys that were looked at begin with, the most keys first.
        found: How many keys fit, among those that were looked at.
        whole: Whether all were looked at.
    """

    keys: tuple[KeySeen, ...]
    next: str
    prefixes: tuple[Prefix, ...]
    found: int
    whole: bool


def view(unit: Unit, _data: Nothing) -> StoreSeen:
    """Return how the store is doing."""
    store = store_of(unit)
    figures = store.figures()
    levels = {
        "keys": figures.keys,
        "bytes": figures.bytes,
        "hits": figures.hits,
        "asked": figures.hits + figures.misses,
    }
    return StoreSeen(figures, unit.service(Watch).see("store", levels), tuple(sorted(store.capabilities)))


def scan(unit: Unit, data: ScanInput) -> KeysSeen:
    """Return a page of keys in their order, and what they begin with. Looks at no value and counts as no hit."""
    looked = list(islice(store_of(unit).scan(data.prefix), LOOKED_AT + 1))
    whole = len(looked) <= LOOKED_AT
    entries = looked[:LOOKED_AT]
    behind = (one for one in entries if one.key > data.after)
    page = heapq.nsmallest(data.limit + 1, behind, key=lambda one: one.key)
    shown_keys = tuple(_seen(one) for one in page[: data.limit])
    following = shown_keys[-1].key if len(page) > data.limit else ""
    return KeysSeen(shown_keys, following, _prefixes(entries, data.prefix), len(entries), whole)


def get(unit: Unit, data: KeyInput) -> KeySeen:
    """Return a key with what it holds, without its secrets; who looked is noted.

    Raises:
        NotFound: it is not there (any more).
    """
    entry = _entry(store_of(unit), data.key)
    content = shown(entry.content, allowed=sees_contents(unit), secret=names_secret(entry.key))
    unit.service(Ledger).note(unit.call, f"Looked at {entry.key}.")
    return _seen(entry, content)


def delete(unit: Unit, data: KeysInput) -> int:
    """Take keys away; return how many there were."""
    gone = store_of(unit).delete(*data.keys)
    named = data.keys[0] if len(data.keys) == 1 else f"{len(data.keys):,} keys"
    unit.detail = f"Deleted {named}; {gone:,} were there."
    return gone


def _entry(store: Store, key: str) -> Entry:
    """Find the entry itself, which tells its lifetime too and counts as no hit."""
    for entry in store.scan(key):
        if entry.key == key:
            return entry
    raise NotFound(f"There is no key {key!r} in the store any more.")


def _seen(entry: Entry, content: Shown | None = None) -> KeySeen:
    return KeySeen(entry.key, entry.content.type, len(entry.content.data), entry.expires_in, content)


def _prefixes(entries: list[Entry], within: str) -> tuple[Prefix, ...]:
    found: dict[str, list[int]] = {}
    for one in entries:
        head, colon, _ = one.key[len(within) :].partition(":")
        if colon:
            counted = found.setdefault(f"{within}{head}:", [0, 0])
            counted[0] += 1
            counted[1] += len(one.content.data)
    ordered = sorted(found.items(), key=lambda pair: (-pair[1][0], pair[0]))
    return tuple(Prefix(name, *counted) for name, counted in ordered[:50])


ACTIONS = (
    looking("store.view", Nothing, view, "Store"),
    looking("store.scan", ScanInput, scan, "Keys"),
    looking("store.get", KeyInput, get, "Look at a key", PAYLOAD),
    acting("store.delete", KeysInput, delete, "Delete", "trash", danger=True),
)
