"""The part of a table's form about records and forms: order of fields, headings, conditions, and what is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nexus_admin.actions.sources.resource_clicks import Seen
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.resource import Field

NEW = "new"
"""Before the inputs of a computed field that is added."""
NAME = re.compile(r"[A-Za-z_]\w{0,62}")


@dataclass(frozen=True, slots=True)
class Line:
    """One field in that part of the form.

    Args:
        id: What stands for it in names of inputs.
        field: As it is seen.
        place: Its place in records and forms, from 1.
        group: Its heading in forms.
        when: The condition under which it is there.
        locked: It is read-only, whatever anybody clicks.
    """

    id: str
    field: Field
    place: str
    group: str
    when: str
    locked: bool

    @property
    def read_only(self) -> bool:
        """Whether nobody writes it."""
        return not self.field.writable


def lines(seen: Seen) -> list[Line]:
    """Return the fields in their order."""
    made = []
    for at, field in enumerate(seen.now.fields):
        clicked = seen.clicked.get(f"fields/{segment(field.name)}/read_only")
        options = field.options
        made.append(
            Line(
                f"f{at}", field, str(at + 1), str(options.get("group") or ""), str(options.get("visible_when") or ""),
                not field.writable and not clicked,
            )
        )  # fmt: skip
    return made


def said(seen: Seen, posted: Mapping[str, str], given: dict[str, Any]) -> None:
    """Add to *given* what was said here, as `resource.save` takes it; a page without this part says nothing.

    Raises:
        Invalid: a new field has no name that it can have.
    """
    if "forms" not in posted:
        return
    made = lines(seen)
    for one in made:
        if changed := _line(one, posted, given["clear"]):
            given["fields"].setdefault(one.field.name, {}).update(changed)
    given["clear"] = [found for place in given["clear"] for found in _within(place, seen)]
    order = _order(made, posted)
    if order != [one.field.name for one in made]:
        given["order"] = order
    name, formula = posted.get(f"{NEW}.name", "").strip(), posted.get(f"{NEW}.computed", "").strip()
    if formula or name:
        if not NAME.fullmatch(name) or name in seen.now.by_name:
            raise Invalid({name or "New field": "A computed field needs a name of its own, of letters, digits and _."})
        if not formula:
            raise Invalid({name: "Say what it is computed from, such as {first_name} {last_name}."})
        given["fields"][name] = {"computed": formula}


def _within(place: str, seen: Seen) -> list[str]:
    """Return *place*; of a field that goes, all that was clicked of it."""
    return [one for one in seen.clicked if one.startswith(place)] if place.endswith("/") else [place]


def _line(one: Line, posted: Mapping[str, str], clear: list[str]) -> dict[str, Any]:
    place, given = f"fields/{segment(one.field.name)}", dict[str, Any]()
    texts = {"group": one.group, "visible_when": one.when}
    for part, was in texts.items():
        text = posted.get(f"{one.id}.{part}", was).strip()
        if text == was:
            continue
        if text:
            given[part] = text
        else:
            clear.append(f"{place}/{part}")
    if one.field.computed:
        formula = posted.get(f"{one.id}.computed", one.field.computed).strip()
        if not formula:
            clear.append(f"{place}/")
        elif formula != one.field.computed:
            given["computed"] = formula
    elif not one.locked and (f"{one.id}.read_only" in posted) != one.read_only:
        given["read_only"] = f"{one.id}.read_only" in posted
    return given


def _order(made: list[Line], posted: Mapping[str, str]) -> list[str]:
    """Return the fields in the order of the places that were said; who moves to a place comes before who is there."""

    def at(one: Line) -> tuple[int, bool]:
        text = posted.get(f"{one.id}.order", one.place).strip()
        place = int(text) if text.isdecimal() and len(text) < 6 else int(one.place)
        return place, place == int(one.place)

    return [one.field.name for one in sorted(made, key=at)]
