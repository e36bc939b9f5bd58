"""The form: which inputs, with which values and limits; and what a posted form changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nexus_admin.domain.address import segment
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.field_kind import FieldKind
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.domain.row import Masked, Unreadable

INPUT_TYPES = {"number": "text", "money": "text", "email": "email", "url": "url", "date": "date", "time": "time"}


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a form.

    Args:
        field: What it edits.
        kind: How its values are edited.
        value: Its text.
        was: Its text as it was read; None in a new row.
        type: Of the HTML input.
        placeholder: The database's default, which is never sent.
        picker: Where the rows that a relation may point to are searched; empty for other fields.
        label: The title of the row that the relation points to now.
    """

    field: Field
    kind: FieldKind
    value: str
    was: str | None
    type: str
    placeholder: str
    picker: str = ""
    label: str = ""


def form_fields(
    resource: Resource,
    decision: Decision,
    kinds: Callable[[str], FieldKind],
    row: Mapping[str, Any],
    posted: Mapping[str, str] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Input]:
    """Return the inputs that the actor may fill; what cannot be written safely has none."""
    return [
        _input(resource, field, kinds(field.kind), row, posted, labels or {})
        for field in resource.fields
        if field.writable and not field.generated and decision.writes(field.name) and kinds(field.kind).editor != "none"
        and not isinstance(row.get(field.name), Masked | Unreadable)
    ]  # fmt: skip


def changed_values(posted: Mapping[str, str], was: Mapping[str, str]) -> dict[str, str]:
    """Return the values that were changed: an untouched field is never written."""
    values = {name.removeprefix("value."): text for name, text in posted.items() if name.startswith("value.")}
    return {name: text for name, text in values.items() if text.replace("\r\n", "\n") != was.get(name, "")}


def _input(
    resource: Resource,
    field: Field,
    kind: FieldKind,
    row: Mapping[str, Any],
    posted: Mapping[str, str] | None,
    labels: Mapping[str, Mapping[str, str]],
) -> Input:
    was = text_of(row.get(field.name)) if row else None
    value = posted.get(f"value.{field.name}", "") if posted is not None else was or ""
    relation = resource.relations_by_name.get(field.relation or "")
    picker = f"/s/{segment(resource.source)}/{segment(relation.to)}/~pick" if relation else ""
    label = labels.get(relation.name, {}).get(segment(value), value) if relation else ""
    return Input(field, kind, value, was, INPUT_TYPES.get(kind.editor, "text"), field.default or "", picker, label)


def text_of(value: Any) -> str:
    """Return *value* as the text that an input holds."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = getattr(value, "text", None)
    return text if isinstance(text, str) else str(value)
