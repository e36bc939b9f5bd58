"""Shared filters: what the address says, which widgets a filter reaches, and the condition that it becomes there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadExpression, NexusError
from nexus_admin.domain.expression import Comparison, Expression
from nexus_admin.domain.kinds import family
from nexus_admin.domain.query import Dimension, Measure, Query, Result
from nexus_admin.domain.resource import Field, Schema
from nexus_admin.domain.widget import Dashboard, SharedFilter
from nexus_admin.sdk.figures import figure
from nexus_admin.sdk.paths import field_at, path_of, path_title
from nexus_admin.sdk.periods import TITLES, period_title, within

PREFIX = "f."
MAX_CHOICES = 100
Given = Mapping[str, str | Sequence[str]]
"""The address's query string; a name that stands there more than once has a list."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter offers."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class DrawnFilter:
    """A shared filter with its value, for the page.

    Args:
        field: The path as the dashboard spells it.
        title: What people read.
        kind: `period`, `choice` or `text`.
        parameter: Its name in the address.
        value: What is set; empty for none.
        choices: What a menu offers; None where anything may be typed.
        error: Why the value cannot be used; empty where it can.
    """

    field: str
    title: str
    kind: str
    parameter: str
    value: str = ""
    choices: tuple[Choice, ...] | None = None
    error: str = ""

    @property
    def shown(self) -> str:
        """The value as people read it."""
        for choice in self.choices or ():
            if choice.value == self.value:
                return choice.title
        return self.value


def values_of(dashboard: Dashboard, given: Given) -> dict[str, tuple[str, ...]]:
    """Return for each shared filter, by its field, the values that the address gives, or else its default."""
    found: dict[str, tuple[str, ...]] = {}
    for one in dashboard.filters:
        told = given.get(PREFIX + one.field)
        values = (told,) if isinstance(told, str) else tuple(told) if told is not None else (one.default,)
        found[one.field] = tuple(value for value in values if value != "")
    return found


def reaches(one: SharedFilter, schema: Schema, resource: str) -> Field | None:
    """Return the field that the filter *one* is about in *resource*; None where that has no such field."""
    try:
        return field_at(schema, resource, path_of(one.field))
    except NexusError:
        return None


def condition(one: SharedFilter, values: Sequence[str], field: Field) -> Expression | None:
    """Return what holds for the rows that the filter lets through; None when it is not set.

    Raises:
        BadExpression: a value is no period.
    """
    if not values:
        return None
    path = path_of(one.field)
    if one.kind == "period":
        return within(path, field.kind, values[0])
    if one.kind == "text" and family(field.kind) == "text":
        return Comparison(path, "contains", values[0])
    return Comparison(path, "eq", values[0]) if len(values) == 1 else Comparison(path, "in", tuple(values))


def drawn(
    dashboard: Dashboard, values: Mapping[str, tuple[str, ...]], schema: Schema, run: Callable[[Query], Result] | None
) -> list[DrawnFilter]:
    """Return the dashboard's filters with their values and choices.

    Args:
        dashboard: Has the filters.
        values: As `values_of` gave them.
        schema: Of the dashboard's source.
        run: Asked for the values of a field whose choices are not known; None: those may be typed.
    """
    return [_drawn(one, values.get(one.field, ()), dashboard, schema, run) for one in dashboard.filters]


def _drawn(
    one: SharedFilter,
    values: tuple[str, ...],
    dashboard: Dashboard,
    schema: Schema,
    run: Callable[[Query], Result] | None,
) -> DrawnFilter:
    home = home_of(one, schema)
    title = one.title or (path_title(schema, home, path_of(one.field)) if home else one.field)
    value = values[0] if values else ""
    choices: list[Choice] | None = None
    error = ""
    if home is None:
        error = f"No table of {dashboard.source} has a field called {one.field!r}."
    elif one.kind == "period":
        choices = [Choice(period, said) for period, said in TITLES.items()]
        try:
            if value and value not in TITLES:
                choices.append(Choice(value, period_title(value)))
        except BadExpression as wrong:
            error = str(wrong)
            choices.append(Choice(value, value))
    elif one.kind == "choice":
        choices = _choices(one, home, schema, run)
        if choices is not None and value and value not in {choice.value for choice in choices}:
            choices.append(Choice(value, value))
    given = None if choices is None else tuple(choices)
    return DrawnFilter(one.field, title, one.kind, PREFIX + one.field, value, given, error)


def home_of(one: SharedFilter, schema: Schema) -> str | None:
    """Return the first resource that has the filter's field, or None."""
    return next((name for name in schema.resources if reaches(one, schema, name) is not None), None)


def _choices(
    one: SharedFilter, home: str, schema: Schema, run: Callable[[Query], Result] | None
) -> list[Choice] | None:
    """The values to pick from: those that the field declares, else the ones that are in the far table itself."""
    path = path_of(one.field)
    field = field_at(schema, home, path)
    if field.choices is not None:
        return [Choice(value, figure(value, field.kind)) for value in field.choices]
    if family(field.kind) == "boolean":
        return [Choice("true", "Yes"), Choice("false", "No")]
    if run is None:
        return None
    for step in path[:-1]:
        home = schema.resource(home).relation(step).to
    query = Query(
        schema.source,
        home,
        dimensions=(Dimension(path[-1:], "value"),),
        measures=(Measure("count", "count"),),
        sort=("-count", "value"),
        limit=MAX_CHOICES,
    )
    try:
        found = run(query)
    except NexusError:
        return None
    if found.truncated:
        return None
    texts = [str(row[0]) for row in found.rows if isinstance(row[0], str | int) and row[0] != ""]
    return [Choice(text, figure(text, field.kind)) for text in sorted(texts)] if texts else None
