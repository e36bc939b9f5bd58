"""A row beside its list: what it is called, its state, and its fields that say something."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup, escape

from nexus_admin.actions.rows import Record
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.target import Target
from nexus_admin.screens.inputs import text_of
from nexus_admin.screens.list_columns import drawn
from nexus_admin.screens.long_texts import HEAD, is_long
from nexus_admin.screens.status import is_status


@dataclass(frozen=True, slots=True)
class Peek:
    """What the drawer shows.

    Args:
        title: The row's title, with what it is a row of.
        path: Its page's address.
        state: Its status pill, or empty.
        facts: Titles and values, those of the list first.
        empty: Titles of the fields without a value.
        editable: Whether the actor may change it.
    """

    title: str
    path: str
    state: Markup
    facts: list[tuple[str, Markup]]
    empty: list[str]
    editable: bool


def peek_page(record: Record, kinds: Callable[[str], FieldKind], locale: Locale) -> Peek:
    """Turn a record into what the drawer shows."""
    resource = record.resource
    first = [name for name in resource.list_fields if name in resource.by_name]
    order = dict.fromkeys([*first, *(one.name for one in resource.fields)])
    state, facts, empty = Markup(""), [], []
    for name in order:
        field = resource.by_name[name]
        if name not in record.row or name in record.unseen:
            continue
        if record.row[name] is None:
            empty.append(field.title)
            continue
        shown = drawn(field, kinds(field.kind), locale, record.labels, resource, short=False)(record.row[name])
        if is_long(record.row[name]):
            shown = escape(f"{text_of(record.row[name])[:HEAD]}…")
        if not state and field.kind == "enum" and is_status(field.choices):
            state = shown
        elif name not in resource.title_fields[:1] or len(resource.title_fields) != 1:
            facts.append((field.title, shown))
    path = f"{locale.base}{Target(resource.source, resource.name, record.key).path}"
    title = record.title if record.title != record.key else f"{resource.singular} {record.title}"
    return Peek(title, path, state, facts, empty, "row.update" in record.may)
