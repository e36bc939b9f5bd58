"""The form: its sections and inputs, what is wrong with it, and what a posted form changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field as having
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.domain.row import Masked, Unreadable
from nexus_admin.language.conditions import condition
from nexus_admin.screens.forms.inputs import Input, given, input_of, is_zoned, placed, text_of
from nexus_admin.screens.lists.columns import drawn
from nexus_admin.screens.long_texts import HEAD, LONG, seal, size_of

__all__ = ["FormPage", "Posted", "Section", "copied_values", "form_page", "lacking", "read_form", "text_of", "was_of"]

Kinds = Callable[[str], FieldKind]
Labels = Mapping[str, Mapping[str, str]]

MANY = 8
"""From so many inputs on, a form is parted into sections."""

ENOUGH = 3
"""Inputs that make a section of their own."""


@dataclass(frozen=True, slots=True)
class Section:
    """Inputs that belong together.

    Args:
        title: Its heading; "" in a form of one section.
        note: What people should know, or "".
        inputs: In the database's order.
        three: Short inputs, three in a row.
    """

    title: str
    note: str
    inputs: list[Input]
    three: bool = False


@dataclass(frozen=True, slots=True)
class FormPage:
    """What the form's template draws.

    Args:
        sections: The inputs.
        problems: What is wrong: the id of the input ("" for none on the page), its title, the sentence.
        conditions: Whether some of its fields are there only under a condition, so that a script asks again.
    """

    sections: list[Section]
    problems: list[tuple[str, str, str]]
    conditions: bool = False

    @property
    def inputs(self) -> list[Input]:
        """All inputs."""
        return [one for section in self.sections for one in section.inputs]


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posted form says.

    Args:
        values: What was changed, by field: an untouched field is never written.
        expected: What the editor saw in those fields.
        texts: Everything that was sent, to be shown again.
        seals: What the editor saw in fields whose text is too long to be sent along.
    """

    values: dict[str, Any]
    expected: dict[str, str]
    texts: dict[str, str]
    seals: dict[str, str] = having(default_factory=dict)

    def seen(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Return what the editor saw, where *row* is what stands there now; "" where a sealed text is another now."""
        now = {name: text_of(row.get(name)) for name in self.seals if name in self.values}
        return {**self.expected, **{name: text if seal(text) == self.seals[name] else "" for name, text in now.items()}}


def form_page(
    resource: Resource,
    decision: Decision,
    kinds: Kinds,
    locale: Locale,
    row: Mapping[str, Any] | None = None,
    *,
    texts: Mapping[str, str] | None = None,
    labels: Labels | None = None,
    errors: Mapping[str, str] | None = None,
    only: str = "",
    fields: Sequence[str] = (),
    scope: str = "",
    unseen: Collection[str] = (),
) -> FormPage:
    """Return the form of a row.

    Args:
        resource: What it is a row of.
        decision: What the actor may write.
        kinds: Field kinds by name.
        locale: Where the reader is.
        row: Its values; None for a new one.
        texts: What was sent before, or what a new row is opened with.
        labels: Titles of the rows that it points to.
        errors: A sentence for each field that is wrong.
        only: The only field to edit, or "".
        fields: What is filled in, in this order; none: all.
        scope: Tells it from other forms of the page.
        unseen: Fields that are not there now, by the conditions laid over them.
    """
    errors = errors or {}
    inputs = []
    for field in map(resource.field, fields) if fields else resource.fields:
        if (only and field.name != only) or not decision.shows(field.name):
            continue
        kind, why = kinds(field.kind), why_fixed(field, decision, kinds(field.kind), row)
        if why:
            if row is not None and field.name in row:
                draw = drawn(field, kind, locale, labels or {}, resource, short=False)
                inputs.append(Input(field, kind, "fixed", shown=draw(row[field.name]), why=why))
            continue
        was = None if row is None else text_of(row.get(field.name))
        sent = (texts or {}).get(field.name)
        if was is not None and len(was) > LONG and sent is None and not only:
            inputs.append(_left_alone(field, kind, was))
            continue
        titles = (labels or {}).get(field.relation or "", {})
        title = titles.get(segment(sent if sent is not None else was or ""), "")
        made = input_of(resource, field, kind, was, sent, locale.zone, title, errors.get(field.name, ""))
        inputs.append(replace(made, scope=scope, seal=seal(was) if was is not None and len(was) > LONG else ""))
    inputs = [replace(one, unseen=one.field.name in unseen) for one in inputs] if unseen else inputs
    if row is None and not fields:
        inputs.sort(key=lambda one: given(one.field))  # what the database gives stands last
    conditions = any(condition(one.field) for one in inputs)
    return FormPage(_sections(inputs, locale.zone), _problems(resource, inputs, errors), conditions)


def _left_alone(field: Field, kind: FieldKind, was: str) -> Input:
    """Return a text that is too long for the form: it is not sent along, and so no save can change it."""
    way = Markup('{}… <a href="?{}">Edit this text</a>').format(was[:HEAD], urlencode({"only": field.name}))
    return Input(field, kind, "fixed", shown=way, why=f"{size_of(was)}: edited by itself, and left alone here.")


def why_fixed(field: Field, decision: Decision, kind: FieldKind, row: Mapping[str, Any] | None) -> str:
    """Return why the actor cannot edit the field here; "" where they can."""
    value = None if row is None else row.get(field.name)
    if field.generated:
        return "Computed by the database."
    if not field.writable:
        return field.why_read_only or "Cannot be written."
    if not decision.writes(field.name):
        return "A secret: it is never shown." if field.secret else "Your role may not change this."
    if kind.editor == "none":
        return "Cannot be edited as text."
    if field.key and field.default is not None and row is not None:
        return "Given by the database."
    if isinstance(value, Unreadable):
        return "Not a value of its kind, so it is left alone."
    if isinstance(value, Masked):
        return "Hidden from your role."
    return ""


def lacking(resource: Resource, decision: Decision, *, secret: bool) -> list[str]:
    """Return the titles of what a new row needs and the actor may not fill in: secrets, which nobody does, or the rest.

    Of what is hidden from them, none.
    """
    return [
        field.title
        for field in resource.fields
        if field.required
        and field.writable
        and field.secret == secret
        and decision.shows(field.name)
        and not decision.writes(field.name)
    ]


def was_of(form: Mapping[str, str]) -> dict[str, str]:
    """Return what the editor saw in each field, as the form brought it back."""
    return {name.removeprefix("was."): text for name, text in form.items() if name.startswith("was.")}


def read_form(resource: Resource, form: Mapping[str, str], zone: tzinfo) -> Posted:
    """Return what a posted form changed."""
    was = was_of(form)
    texts = {name.removeprefix("value."): text for name, text in form.items() if name.startswith("value.")}
    seals = {name.removeprefix("seal."): text for name, text in form.items() if name.startswith("seal.")}
    touched = {
        name: text
        for name, text in texts.items()
        if (seal(text) != seals[name] if name in seals else _lines(text) != _lines(was.get(name, "")))
    }
    placed_now = placed(resource, touched, was, zone)
    values = {name: value for name, value in placed_now.items() if not _same_moment(value, was.get(name, ""))}
    return Posted(values, {name: was[name] for name in values if name in was}, texts, seals)


def _same_moment(text: str, was: str) -> bool:
    """Whether both are one moment: an input shows it in the reader's zone, without its own."""
    try:
        one, other = datetime.fromisoformat(text), datetime.fromisoformat(was)
    except ValueError:
        return False
    return (one.tzinfo is None) is (other.tzinfo is None) and one == other


def _lines(text: str) -> str:
    """Return *text* with plain line ends: browsers send their own, whatever stood there."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def copied_values(resource: Resource, row: Mapping[str, Any]) -> dict[str, str]:
    """Return what a copy of *row* is opened with: all that need not differ from row to row."""
    return {
        field.name: text_of(row[field.name])
        for field in resource.fields
        if field.name in row
        and not (field.key or field.unique or field.generated or field.secret)
        and not isinstance(row[field.name], Masked | Unreadable | bytes)
    }


def _problems(resource: Resource, inputs: list[Input], errors: Mapping[str, str]) -> list[tuple[str, str, str]]:
    ids = {one.field.name: one.id for one in inputs if one.template != "fixed"}
    titles = {field.name: field.title for field in resource.fields}
    return [(ids.get(name, ""), titles.get(name, name), text) for name, text in errors.items()]


def _sections(inputs: list[Input], zone: tzinfo) -> list[Section]:
    fixed = [one for one in inputs if one.template == "fixed"]
    free = [one for one in inputs if one.template != "fixed"]
    groups: dict[str, list[Input]] = {}
    for one in free:
        groups.setdefault(_group(one), []).append(one)
    if len(free) < MANY and not any(one.field.options.get("group") for one in free):
        groups = {"": free} if free else {}
    merged: dict[str, list[Input]] = {}
    for title, members in groups.items():
        own = len(members) >= ENOUGH or title in ("", "Texts and data") or _configured(members)
        merged.setdefault(title if own else "Details", []).extend(members)
    order = {one.field.name: at for at, one in enumerate(inputs)}
    sections = [
        Section(title, _note(members, zone), sorted(members, key=lambda one: order[one.field.name]), title == "Numbers")
        for title, members in sorted(merged.items(), key=lambda pair: _ORDER.get(pair[0], 0))
    ]
    return [*sections, Section("Not edited here", "", fixed)] if fixed else sections


_ORDER = {"": -1, "Details": -1, "Numbers": 1, "Dates and times": 2, "Texts and data": 3}


def _group(one: Input) -> str:
    """Return the heading that an input stands under: a file's, or one by its kind."""
    if one.field.options.get("group"):
        return str(one.field.options["group"])
    if one.wide:
        return "Texts and data"
    kind = family(one.field.kind)
    if kind == "number" and not one.field.relation and not one.field.key:
        return "Numbers"
    return "Dates and times" if kind in ("date", "datetime", "time") else "Details"


def _configured(members: list[Input]) -> bool:
    return any(one.field.options.get("group") for one in members)


def _note(members: list[Input], zone: tzinfo) -> str:
    if any(is_zoned(one.field, one.was) for one in members):
        return f"Times are shown in your zone, {getattr(zone, 'key', None) or zone}."
    return ""
