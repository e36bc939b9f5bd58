"""The filter builder as its template draws it: each condition with its operators and the input that its value needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field as dataclass_field

from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.encryption import operators_of
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.kinds import PERIODS, UNITS, family
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.language.names import split_path
from nexus_admin.language.operators import BARE_OPERATORS, COUNT_OPERATORS, LIST_OPERATORS
from nexus_admin.language.paths import Sight
from nexus_admin.screens.lists.chips import WHEN_WORDS
from nexus_admin.screens.lists.chips import WORDS as OPERATOR_WORDS
from nexus_admin.screens.lists.filter_posted import end_of
from nexus_admin.screens.lists.filter_tree import WORDS, Condition, Group
from nexus_admin.screens.lists.query import with_query
from nexus_admin.sdk.status import humanised

Choice = tuple[str, str, bool]
"""A value, what people read, and whether it is chosen."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The input of a value.

    Args:
        kind: Which one: `none`, `text`, `number`, `date`, `datetime`, `choice`, `choices`, `listed`, `values`, `pick`,
            `span`, `words`; `two` beside it says that it comes twice.
        values: What is in it.
        shown: What people read for the value of a picker.
        choices: Where there are some.
        url: Where a picker searches.
        two: From and to.
    """

    kind: str
    values: tuple[str, ...] = ()
    shown: str = ""
    choices: tuple[Choice, ...] = ()
    url: str = ""
    two: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A condition, drawn."""

    id: str
    depth: int
    path: str
    title: str
    glyph: str
    ops: tuple[Choice, ...]
    entry: Entry
    fields_url: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A group, drawn; `over` names the far rows that it speaks of."""

    id: str
    depth: int
    join: str
    items: tuple[Line | Box, ...]
    over: str = ""
    over_title: str = ""
    how: str = "any"
    ops: tuple[Choice, ...] = ()
    entry: Entry = Entry("none")


@dataclass(frozen=True)
class Builder:
    """Draws trees.

    Args:
        schema: Where paths lead.
        sight: What the actor may see.
        kinds: Field kinds by name.
        locale: Where the reader is.
        titles: `titles(resource, key) -> title` of a row that a picker holds.
        wrong: What is wrong with conditions, by their ids.
    """

    schema: Schema
    sight: Sight
    kinds: Callable[[str], FieldKind]
    locale: Locale
    titles: Callable[[str, str], str]
    wrong: Mapping[str, str] = dataclass_field(default_factory=dict)

    def box(self, group: Group, resource: Resource, depth: int = 0) -> Box:
        """Return *group*, drawn."""
        far = end_of(group.over, resource, self.sight) if group.over else resource
        items = tuple(
            self.box(one, far, depth + 1) if isinstance(one, Group) else self.line(one, far, depth + 1)
            for one in group.items
        )
        title = ""
        if group.over:
            *before, last = split_path(group.over)
            start = end_of_names(tuple(before), resource, self.sight)
            title = self.sight.relation(start, last).title
        ops = tuple((op, OPERATOR_WORDS.get(op, op), op == group.op) for op in COUNT_OPERATORS)
        entry = Entry("number", group.values, two=group.op == "between")
        return Box(group.id, depth, group.join, items, group.over, title, group.how, ops, entry)

    def line(self, one: Condition, resource: Resource, depth: int) -> Line:
        """Return a condition, drawn; one whose field is gone says so."""
        base = f"{self.locale.base}/s/{segment(self.schema.source)}/{segment(resource.name)}"
        fields = f"{base}/~fields"
        if one.path == WORDS:
            return Line(one.id, depth, WORDS, "Search", "search", (), Entry("words", one.values), fields)
        if not one.path:
            return Line(one.id, depth, "", "", "", (), Entry("none"), fields)
        try:
            way = self.sight.way(resource, split_path(one.path))
        except BadExpression as error:
            return Line(one.id, depth, one.path, one.path, "alert", (), Entry("none"), fields, str(error))
        field = way.field
        words = OPERATOR_WORDS | (WHEN_WORDS if family(field.kind) in ("date", "datetime") else {})
        op = one.op or operators_of(field)[0]
        ops = tuple((name, words.get(name, name), name == op) for name in operators_of(field))
        title = " › ".join((*(relation.title for relation in way.relations), field.title))
        glyph = "link" if way.relations or field.relation else self.kinds(field.kind).glyph
        entry, wrong = self.entry(field, way.resource, op, one.values), self.wrong.get(one.id, "")
        return Line(one.id, depth, one.path, title, glyph, ops, entry, fields, wrong)

    def entry(self, field: Field, resource: Resource, op: str, values: tuple[str, ...]) -> Entry:
        """Return the input that a value of *field* needs for *op*."""
        kind = family(field.kind)
        if op in BARE_OPERATORS:
            return Entry("none")
        if op in ("in_last", "in_next"):
            return self._span(field, values)
        if op == "in_period":
            chosen = values[0] if values else PERIODS[0]
            return Entry("choice", values, choices=tuple((one, humanised(one), one == chosen) for one in PERIODS))
        if any(value.startswith("@") for value in values) or op == "has":
            return Entry("text", values, two=op == "between")
        if op in LIST_OPERATORS:
            if field.choices and not field.open_choices:
                return Entry("choices", values, choices=_choices(field.choices, values))
            return Entry("listed", values)
        if kind == "boolean":
            return Entry("choice", values, choices=_choices(("true", "false"), values, ("Yes", "No"), blank=True))
        if op in ("eq", "ne"):
            return self._same(field, resource, values)
        if kind in ("date", "datetime"):
            return Entry(_date_input(kind, values), values, two=op == "between")
        return Entry("number" if kind == "number" else "text", values, two=op == "between")

    def _same(self, field: Field, resource: Resource, values: tuple[str, ...]) -> Entry:
        base = f"{self.locale.base}/s/{segment(self.schema.source)}"
        relation = resource.relations_by_name.get(field.relation or "")
        if relation is not None and self.sight.follows(resource, relation) and _whole_key(relation.to, self.schema):
            shown = self.titles(relation.to, values[0]) if values else ""
            return Entry("pick", values, shown, url=f"{base}/{segment(relation.to)}/~pick")
        if field.choices and not field.open_choices:
            return Entry("choice", values, choices=_choices(field.choices, values, blank=True))
        kind = family(field.kind)
        if kind in ("text", "choice") and not field.key:
            url = with_query(f"{base}/{segment(resource.name)}/~values", {"field": field.name})
            return Entry("values", values, values[0] if values else "", url=url)
        if kind in ("date", "datetime"):
            return Entry(_date_input(kind, values), values)
        return Entry("number" if kind == "number" else "text", values)

    def _span(self, field: Field, values: tuple[str, ...]) -> Entry:
        number, _, unit = " ".join(values).partition(" ")
        units = UNITS if family(field.kind) == "datetime" else UNITS[2:]
        unit = unit or "days"
        return Entry("span", (number or "30",), choices=tuple((one, one, one == unit) for one in units))


def end_of_names(names: tuple[str, ...], resource: Resource, sight: Sight) -> Resource:
    """Return where relations lead; where there are none, the resource itself."""
    for name in names:
        resource = sight.far(sight.relation(resource, name))
    return resource


def _choices(
    values: tuple[str, ...], chosen: tuple[str, ...], titles: tuple[str, ...] = (), *, blank: bool = False
) -> tuple[Choice, ...]:
    named = zip(values, titles or map(humanised, values), strict=True)
    made = tuple((value, title, value in chosen) for value, title in named)
    others = tuple((value, value, True) for value in chosen if value not in values)
    return (("", "Choose …", not chosen), *made, *others) if blank else (*made, *others)


def _date_input(kind: str, values: tuple[str, ...]) -> str:
    return "datetime" if kind == "datetime" and any("T" in value or " " in value for value in values) else "date"


def _whole_key(name: str, schema: Schema) -> bool:
    """Whether one column is the far table's key, so that a picked row's key is the value."""
    return len(schema.resource(name).key) == 1
