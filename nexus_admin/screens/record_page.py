"""The record page: fields as people read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from nexus_admin.actions.rows import Record
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.screens.list_page import drawn


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of the record."""

    title: str
    glyph: str
    html: Markup
    wide: bool


@dataclass(frozen=True, slots=True)
class RecordPage:
    """What the record's template draws."""

    title: str
    fields: list[Shown]
    editable: bool
    deletable: bool


def record_page(record: Record, kinds: Callable[[str], FieldKind], locale: Locale) -> RecordPage:
    """Turn a record into what the template draws."""
    shown = []
    for field in record.resource.fields:
        if field.name not in record.row:
            continue
        kind = kinds(field.kind)
        draw = drawn(field, kind, locale, record.labels, record.resource, short=False)
        glyph = "link" if field.relation else kind.glyph
        shown.append(Shown(field.title, glyph, draw(record.row[field.name]), kind.wide))
    return RecordPage(record.title, shown, "row.update" in record.may, "row.delete" in record.may)
