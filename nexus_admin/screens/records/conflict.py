"""Two people changed the same field: what it was, what it is now, and what was about to be saved, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from nexus_admin.actions.rows.history import History
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import Masked
from nexus_admin.screens import formats
from nexus_admin.screens.cells import EMPTY, cell_of
from nexus_admin.screens.forms.inputs import text_of
from nexus_admin.screens.long_texts import is_long

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """Who gave a field the value that stands there now, and when."""

    who: str
    ago: str
    when: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that two people changed.

    Args:
        name: The field's name.
        title: What people read.
        base: What the editor had seen.
        theirs: What stands there now.
        yours: What the editor sent.
        theirs_text: What stands there now, as a form sends it.
        yours_text: What the editor sent, as they sent it.
        readable: Whether the editor may know what stands there now.
        by: Whose it is; None where it came past Nexus, or the editor may not know.
    """

    name: str
    title: str
    base: Markup
    theirs: Markup
    yours: Markup
    theirs_text: str
    yours_text: str
    readable: bool
    by: Change | None = None


def clashes(
    resource: Resource,
    fields: Mapping[str, Mapping[str, Any]],
    texts: Mapping[str, str],
    kinds: Callable[[str], FieldKind],
    locale: Locale,
    history: History | None = None,
) -> list[Clash]:
    """Return the fields of a conflict as the template draws them.

    Args:
        resource: Whose fields they are.
        fields: Base, theirs and yours by field, as the conflict has them.
        texts: What was posted.
        kinds: Field kinds by name.
        locale: Where the reader is.
        history: What happened to the row, as far as the editor may know; None where that is nothing.
    """
    found = []
    for name, seen in fields.items():
        field = resource.field(name)
        draw = cell_of(field, kinds(field.kind), locale, short=any(map(is_long, seen.values())))
        theirs = seen.get("theirs")
        readable = not isinstance(theirs, Masked)
        base = str(seen.get("base") or "")[:LONGEST]
        found.append(
            Clash(
                name, field.title, escape(base) if base else EMPTY, draw(theirs), draw(seen.get("yours")),
                text_of(theirs) if readable else "", texts.get(name, ""), readable,
                _changed(name, theirs, history, locale) if readable and history else None,
            )
        )  # fmt: skip
    return found


def _changed(name: str, value: Any, history: History, locale: Locale) -> Change | None:
    """Return the last change of a field, if *value* is what it left there: else somebody wrote past Nexus since."""
    last = next((one for one in history.past if name in one.change.fields()), None)
    if last is None or text_of((last.change.after or {}).get(name)) != text_of(value):
        return None
    at = last.root.closed_at or last.root.at
    who = last.root.actor_name or last.root.actor
    return Change(who, formats.ago(at, locale.now), formats.moment(at, locale), at)
