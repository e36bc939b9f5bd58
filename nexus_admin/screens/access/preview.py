"""What somebody would see of a table, in words and cells: beside the matrix, before a role is saved. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from markupsafe import Markup

from nexus_admin.actions.access.preview import Preview
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.row import RowCount
from nexus_admin.screens.formats import number
from nexus_admin.screens.lists.columns import drawn

_VERBS: Final = (
    ("row.create", "add"), ("row.update", "edit"), ("row.delete", "delete"), ("rows.import", "import"),
    ("rows.export", "export"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What is shown of a preview.

    Args:
        shown: How many rows they see, labelled as what it is; None where they see none of the table.
        total: How many whoever asks sees.
        none: Whether not one row passes.
        reason: What decided.
        sample: The first row: pairs (title, cell).
        hidden: Titles of columns that they do not see.
        cannot: What they may not do there.
    """

    shown: str | None
    total: str
    none: bool
    reason: str
    sample: tuple[tuple[str, Markup], ...]
    hidden: tuple[str, ...]
    cannot: tuple[str, ...]


def seen(preview: Preview, kind: Callable[[str], FieldKind], locale: Locale) -> Seen:
    """Return *preview* as it is shown."""
    decision, fields = preview.decision, preview.resource.fields
    page = preview.sample
    row, labels = (page.rows[0], page.labels) if page is not None and page.rows else ({}, {})
    draw = {one.name: drawn(one, kind(one.kind), locale, labels, preview.resource) for one in fields}
    return Seen(
        None if preview.shown is None else count_text(preview.shown),
        count_text(preview.total),
        preview.shown is not None and preview.shown.value == 0,
        decision.reason,
        tuple((one.title, draw[one.name](row[one.name])) for one in fields if one.name in row),
        tuple(one.title for one in fields if not decision.shows(one.name)) if decision.allowed else (),
        tuple(verb for action, verb in _VERBS if action not in preview.may),
    )


def count_text(count: RowCount) -> str:
    """Return a count as what it is: exact, at least, or about."""
    return {"exact": "", "capped": "> ", "estimate": "≈ "}[count.how] + number(count.value)
