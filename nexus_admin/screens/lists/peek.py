"""A row beside its list: what it is called, its state, its fields that say something, and what belongs to it."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup, escape

from nexus_admin.actions.rows.row import Record
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Relation
from nexus_admin.domain.target import Target
from nexus_admin.screens.called import called
from nexus_admin.screens.forms.inputs import text_of
from nexus_admin.screens.lists.columns import drawn
from nexus_admin.screens.long_texts import HEAD, is_long
from nexus_admin.screens.records.fields import is_aside
from nexus_admin.screens.records.page import Decide, first_of, seen_from
from nexus_admin.sdk.status import is_status

FACTS = 10
"""How many fields stand above what belongs to the row."""

FEW = 3
"""Up to so many more stand there as well: folding them away would save no room."""


@dataclass(frozen=True, slots=True)
class Peek:
    """What the drawer shows.

    Args:
        title: The row's title, with what it is a row of.
        path: Its page's address.
        state: Its status pill, or empty.
        facts: Titles and values of its first fields, those of the list before others.
        more: Those of the others, folded away; what is about the row rather than of it comes last.
        empty: Titles of the fields without a value.
        may: Which of the writing actions the actor may do.
        first: The relation whose first rows stand in it, or None.
        history: Whether the actor may see what happened to it.
    """

    title: str
    path: str
    state: Markup
    facts: list[tuple[str, Markup]]
    more: list[tuple[str, Markup]]
    empty: list[str]
    may: frozenset[str]
    first: Relation | None
    history: bool


def peek_page(record: Record, kinds: Callable[[str], FieldKind], locale: Locale, decide: Decide) -> Peek:
    """Turn a record into what the drawer shows; *decide* knows what the actor may do on resources of the source."""
    resource = record.resource
    first = [name for name in resource.list_fields if name in resource.by_name]
    last = [one.name for one in resource.fields if is_aside(one) and one.name not in first]
    order = [one for one in dict.fromkeys([*first, *resource.by_name]) if one not in last] + last
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
    shown_first = FACTS if len(facts) > FACTS + FEW else len(facts)
    history = decide("row.history", resource.name).allowed
    return Peek(
        called(record), path, state, facts[:shown_first], facts[shown_first:], empty, record.may,
        first_of(seen_from(resource, decide)), history,
    )  # fmt: skip
