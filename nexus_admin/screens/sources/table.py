"""How a table is seen, as a form: its names, its icon, and each field's place, label, kind and help.

What is posted is compared with what is seen now: only what differs is clicked, and what is emptied goes back to how it
was found. So two people who configure one table at a time do not undo each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nexus_admin.actions.sources.resource_clicks import Seen
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.encryption import unfit
from nexus_admin.domain.kinds import FAMILIES, family
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.screens.sources import table_forms

KINDS = tuple(sorted(FAMILIES))
ICONS = (
    "table", "users", "user", "box", "cart", "tag", "card", "truck", "star", "building", "calendar", "clock", "file",
    "folder", "globe", "image", "key", "list", "mail", "map", "phone", "settings", "shield",
)  # fmt: skip
"""Icons that are offered; the one in use stands among them always."""
_PARTS = {
    "title": "label", "kind": "kind", "hidden": "tucked away", "help": "help", "encrypted": "encrypted at rest",
    "searchable": "column of its index", "group": "heading in forms", "read_only": "read only",
    "visible_when": "only where", "computed": "formula",
}  # fmt: skip
_CLICKED = ("title", "kind", "hidden", "help", "group", "read_only", "visible_when", "computed")
TEXTS = {"title": "Name", "singular": "One of them", "icon": "Icon"}


@dataclass(frozen=True, slots=True)
class Row:
    """One field in the form.

    Args:
        id: What stands for it in names of inputs.
        field: As it is seen.
        found: As it was found.
        place: Its place in the list, from 1; "" where it is not in it.
        names: It is part of what names a row.
        kinds: Kinds that can be chosen.
        clicked: Something of it was clicked.
    """

    id: str
    field: Field
    found: Field
    place: str
    names: bool
    kinds: tuple[str, ...]
    clicked: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that saving would change: what, how it is, and how it will be."""

    what: str
    before: str
    after: str


def rows(seen: Seen) -> list[Row]:
    """Return the fields in the database's order."""
    places = {name: str(at) for at, name in enumerate(seen.now.list_fields, start=1)}
    found = []
    for at, field in enumerate(seen.now.fields):
        kinds = KINDS if field.kind in KINDS else (field.kind, *KINDS)
        clicked = any(place.startswith(f"fields/{segment(field.name)}/") for place in seen.clicked)
        was = seen.found.by_name.get(field.name, field)
        names = field.name in seen.now.title_fields
        found.append(Row(f"f{at}", field, was, places.get(field.name, ""), names, kinds, clicked))
    return found


def icons(resource: Resource) -> tuple[str, ...]:
    """Return the icons that can be chosen."""
    return ICONS if resource.icon in ICONS else (resource.icon, *ICONS)


def clicks(seen: Seen, posted: Mapping[str, str]) -> dict[str, Any]:
    """Return what was posted as `resource.save` takes it."""
    if posted.get("do") == "forget":
        return {"resource": seen.now.name, "clear": _shown(seen)}
    given: dict[str, Any] = {"resource": seen.now.name, "fields": {}, "clear": []}
    for part in TEXTS:
        _text(given, seen.now, part, posted.get(part), part, given["clear"])
    if ("hidden" in posted) != seen.now.tucked:
        given["hidden"] = "hidden" in posted
    lines = rows(seen)
    columns = _columns(lines, posted)
    if columns != list(seen.now.list_fields):
        given["columns"] = columns
    names = [one.field.name for one in lines if f"{one.id}.names" in posted]
    if set(names) != set(seen.now.title_fields):
        given["names"] = names
    for one in lines:
        if changed := _field(one, posted, given["clear"]):
            given["fields"][one.field.name] = changed
    table_forms.said(seen, posted, given)
    relations = {one.name: f"r.{one.name}" in posted for one, shown in seen.guessed}
    given["relations"] = {one.name: relations[one.name] for one, shown in seen.guessed if relations[one.name] != shown}
    return {name: value for name, value in given.items() if value not in ({}, [])} | _emptied(given)


def _emptied(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return lists that were emptied on purpose: no column, or nothing that names a row."""
    return {name: [] for name in ("columns", "names") if given.get(name) == []}


def _shown(seen: Seen) -> list[str]:
    """Return the places that this form has; answers about secrets and values are given elsewhere, and stay."""
    return [
        place
        for place in seen.clicked
        if place in (*TEXTS, "hidden", "list", "names", "order") or place.split("/")[-1] in _CLICKED
    ]


def _text(given: dict[str, Any], now: Any, part: str, text: str | None, place: str, clear: list[str]) -> None:
    if text is None or text.strip() == (getattr(now, part) or ""):
        return
    if text.strip():
        given[part] = text.strip()
    else:
        clear.append(place)


def _columns(lines: Iterable[Row], posted: Mapping[str, str]) -> list[str]:
    placed = []
    for at, one in enumerate(lines):
        text = posted.get(f"{one.id}.place", "").strip()
        if text.isdecimal() and len(text) < 6:
            placed.append((int(text), at, one.field.name))
    return [name for _, _, name in sorted(placed)]


@dataclass(frozen=True, slots=True)
class Seal:
    """One field in the part of the form about encryption.

    Args:
        row: The field.
        fixed: A file says that it is encrypted, so nobody clicks it away.
        off: It was encrypted, and is not any more.
        indexes: Columns that can hold its blind index.
        left: How many values are not as they are wanted; None where they were not counted.
    """

    row: Row
    fixed: bool
    off: bool
    indexes: tuple[str, ...]
    left: int | None = None


def seals(seen: Seen, left: Mapping[str, int]) -> list[Seal]:
    """Return the fields that are encrypted, and those that can be."""
    taken = {one.blind for one in seen.now.fields if one.blind}
    made = []
    for one in rows(seen):
        field = one.field
        if field.computed or (not field.encrypted and unfit(seen.found, one.found)):
            continue
        said = seen.clicked.get(f"fields/{segment(field.name)}/encrypted")
        others = [other.name for other in seen.found.fields if other.name == field.blind or other.name not in taken]
        indexes = tuple(name for name in others if not unfit(seen.found, one.found, name))
        made.append(
            Seal(one, bool(field.encrypted) and not said, said is False, indexes, left.get(field.name))
        )  # fmt: skip
    return made


def unsealable(seen: Seen) -> list[tuple[str, str]]:
    """Return the fields of text that cannot be encrypted, each with the reason."""
    texts = [one for one in seen.found.fields if family(one.kind) == "text" and not one.secret]
    reasons = [(one.title, unfit(seen.found, one)) for one in texts]
    return [(title, why) for title, why in reasons if why]


def unsealed(seen: Seen) -> list[str]:
    """Return the fields that were encrypted once and are not any more: values of them may still be."""
    places = {f"fields/{segment(one.name)}/encrypted": one for one in seen.now.fields}
    return [one.name for place, one in places.items() if seen.clicked.get(place) is False and not one.encrypted]


def _sealing(one: Row, posted: Mapping[str, str], given: dict[str, Any]) -> None:
    """Add to *given* what was said about encryption; a field that the form had no such part for says nothing."""
    if f"{one.id}.sealable" not in posted:
        return
    wanted, index = f"{one.id}.encrypted" in posted, posted.get(f"{one.id}.index", "")
    if wanted != bool(one.field.encrypted):
        given["encrypted"] = wanted
    if wanted and index != (one.field.blind or ""):
        given["searchable"] = index


def _field(one: Row, posted: Mapping[str, str], clear: list[str]) -> dict[str, Any]:
    place = f"fields/{segment(one.field.name)}"
    given: dict[str, Any] = {}
    _text(given, one.field, "title", posted.get(f"{one.id}.title"), f"{place}/title", clear)
    kind = posted.get(f"{one.id}.kind", one.field.kind)
    if kind != one.field.kind:
        given["kind"] = kind
    if (f"{one.id}.hidden" in posted) != one.field.tucked:
        given["hidden"] = f"{one.id}.hidden" in posted
    told = posted.get(f"{one.id}.help")
    if told is not None and told.strip() != (one.field.comment or ""):
        if told.strip():
            given["help"] = told.strip()
        else:
            clear.append(f"{place}/help")
    _sealing(one, posted, given)
    return given


def differences(seen: Seen, given: Mapping[str, Any]) -> list[Difference]:
    """Return what saving *given* would change, in words."""
    now, found = seen.now, seen.found
    told = [Difference(TEXTS[part], getattr(now, part), given[part]) for part in TEXTS if part in given]
    if "hidden" in given:
        told.append(Difference("In the menu", _yes(not now.tucked), _yes(not given["hidden"])))
    if "order" in given:
        told.append(Difference("Order in forms", _titles(now, now.by_name), _titles(now, given["order"])))
    for part, what, fields in (("columns", "Columns of its list", now.list_fields), ("names", "What names a row",
                               now.title_fields)):  # fmt: skip
        if part in given:
            told.append(Difference(what, _titles(now, fields), _titles(now, given[part])))
    for name, changed in given.get("fields", {}).items():
        field = now.by_name.get(name) or Field(name, name, "")
        for part, value in changed.items():
            before = {
                "hidden": field.tucked, "help": field.comment or "", "encrypted": bool(field.encrypted),
                "searchable": field.blind or "", "read_only": not field.writable, **field.options,
            }.get(part, getattr(field, part, ""))  # fmt: skip
            what = _PARTS[part]
            texts = [_yes(one) if isinstance(one, bool) else str(one) for one in (before, value)]
            told.append(Difference(f"{field.title}: {what}", *texts))
    for name, shown in given.get("relations", {}).items():
        told.append(Difference(f"Relation {found.relation(name).title}", _yes(not shown), _yes(shown)))
    told += [Difference(_place(one), str(seen.clicked[one]), "as it was found") for one in given.get("clear", ())
             if one in seen.clicked]  # fmt: skip
    return told


def _place(place: str) -> str:
    if place in TEXTS:
        return TEXTS[place]
    parts = place.split("/")
    return f"{parts[1]}: {parts[2]}" if len(parts) == 3 else place.replace("_", " ").capitalize()


def _titles(resource: Resource, names: Iterable[str]) -> str:
    return ", ".join(resource.field(name).title for name in names) or "none"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
