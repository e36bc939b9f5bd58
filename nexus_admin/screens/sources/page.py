"""What the pages of data sources say: what was found in each table, what a driver guarantees, how it stands."""

from __future__ import annotations

import re
from typing import Any

from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.screens.formats import plural, short_number

MOST_TABLES = 300
PLACES = {"command line": "Command line", "settings": "nexus.toml", "added": "Added here"}
TONES = {"ready": "green", "looking": "blue", "down": "red"}
STATES = {"ready": "Ready", "looking": "Being read", "down": "Does not answer"}


@dataclass(frozen=True, slots=True)
class Found:
    """A table with what was found of it: tags are (text, hue)."""

    name: str
    path: str
    rows: str
    tags: tuple[tuple[str, str], ...]
    links: str


def found_in(schema: Schema) -> list[Found]:
    """Return the tables in the menu's order, as many as a page can show."""
    resources = list(schema.resources.values())[:MOST_TABLES]
    return [_found(one, f"/s/{segment(schema.source)}") for one in resources]


def _found(one: Resource, path: str) -> Found:
    rows = "" if one.estimated_rows is None else short_number(one.estimated_rows)
    links = list(dict.fromkeys(relation.to for relation in one.relations if not relation.many))
    told = ", ".join(links[:4]) + (f" and {len(links) - 4} more" if len(links) > 4 else "")
    return Found(one.name, f"{path}/{segment(one.name)}", rows, tuple(_tags(one))[:4], told)


def _tags(one: Resource) -> list[tuple[str, str]]:
    tags: list[tuple[str, str]] = []
    if one.type == "view":
        tags.append(("view", "gray"))
    if one.tucked:
        tags.append(("tucked away", "gray"))
    if one.title_fields:
        tags.append((f"label: {' '.join(one.title_fields)}", "blue"))
    if any(relation.to == one.name and not relation.many for relation in one.relations):
        tags.append(("tree", "teal"))
    secrets = [field.name for field in one.fields if field.secret]
    if secrets:
        tags.append((f"hidden: {', '.join(secrets[:2])}", "amber"))
    for field in one.fields:
        if field.choices and field.kind != "boolean":
            tags.append((f"{field.name}: {len(field.choices)} values", "violet"))
        elif field.kind in ("money", "email", "image", "url", "json", "geometry"):
            tags.append((f"{field.kind}: {field.name}", "green" if field.kind == "money" else "teal"))
    return tags


LEVELS = {  # what holds, in words; guides, commands and the API call it by the letter
    "B": "No change without a record: what is about to be done is in the audit first. What others are told of it is "
    "written together with the rows, so they hear of it once, exactly if it was made.",
    "C": "No change without a record: what is about to be done is in the audit first. Others hear of it once, though "
    "late after a crash.",
}


def guarantees(report: Any) -> list[tuple[bool, str]]:
    """Return (kept, sentence) on what the driver of a source does."""
    can = report.capabilities
    if can is None:
        return []
    return [
        (not report.writes, "Read-only: every session refuses to write." if not report.writes else "Writes are on."),
        (can.transactions, "A change is made whole or not at all."),
        (report.writes, LEVELS[report.level or "C"]),
        (can.keyset, "Every page of a list is as quick as the first."),
        (can.cancel, "What takes too long is stopped in the database."),
        (can.estimate_count, "Sizes come from the database's own estimates."),
    ]


def outbox_said(outbox: Any) -> str:
    """Return what waits in an outbox, as a sentence."""
    if not outbox.waiting:
        return "Nothing waits: every event is told."
    since = f", the oldest for {outbox.oldest:,.0f} s" if outbox.oldest is not None else ""
    return f"{plural(outbox.waiting, 'row')} {'waits' if outbox.waiting == 1 else 'wait'}{since}."


FEEDS = {"events": "not known", "polling": "polled", "triggers": "told by triggers"}


def feed_said(feed: Any) -> list[str]:
    """Return how changes that others make are learned of, and what is not seen, in sentences."""
    if feed.mode == "polling":
        return [
            f"{plural(len(feed.tables), 'table')} {'is' if len(feed.tables) == 1 else 'are'} looked at every "
            f"{feed.seconds:g} s while somebody follows them, for the rows that were written last.",
            f"Deleted rows are not seen, and {plural(len(feed.left_out), 'table')} without such a column not at all.",
        ]
    if feed.mode == "triggers":
        left = f" Of {plural(len(feed.left_out), 'table')} without them nothing is known." if feed.left_out else ""
        tell = "tells" if len(feed.tables) == 1 else "tell"
        return [f"{plural(len(feed.tables), 'table')} {tell} of every change at once, whoever makes it.{left}"]
    can = len(feed.could_poll or ())
    ways = f"{plural(can, 'table')} can be polled by a column that says when a row was changed." if can else (
        "No table has a column that says when a row was changed, so none can be polled; name one in the terminal."
    )  # fmt: skip
    return ["Open pages and subscriptions follow what is done through Nexus, not what other programs write here.", ways]


def feed_tables(feed: Any) -> list[tuple[str, str]]:
    """Return the tables that are followed, or could be polled, each with its column."""
    return sorted((feed.tables if feed.tables is not None else feed.could_poll or {}).items())[:MOST_TABLES]


def found_at(tested: Any, address: str) -> str:
    """Return what a test of a connection found, as a sentence."""
    rights = {True: "The login may write.", False: "The login can only read.", None: ""}[tested.can_write]
    tables = "1 table" if tested.tables == 1 else f"{tested.tables:,} tables"
    return " ".join(filter(None, (f"{tested.engine} {tested.version} answers at {address}: {tables}.", rights)))


def figures(schema: Schema | None) -> list[tuple[str, int]]:
    """Return (what, how many) of a structure."""
    if schema is None:
        return []
    resources = schema.resources.values()
    return [
        ("Tables", sum(one.type == "table" for one in resources)),
        ("Views", sum(one.type == "view" for one in resources)),
        ("Fields", sum(len(one.fields) for one in resources)),
        ("Relations", sum(not relation.many for one in resources for relation in one.relations)),
    ]


def name_for(url: str) -> str:
    """Return what a source at *url* may be called: its database's name, spelled as a name."""
    last = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    plain = re.sub(r"[^a-z0-9_-]+", "-", re.sub(r"\.(db|sqlite3?|sqlitedb)$", "", last.lower())).strip("-_")
    return plain[:63] if plain[:1].isalpha() else f"data-{plain}".rstrip("-")[:63]
