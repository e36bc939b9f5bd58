"""What somebody sent for a row, checked: known fields, writable ones, and values that fit; all errors at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from nexus_admin.data.scope import Scope
from nexus_admin.data.values.json_values import JsonString
from nexus_admin.data.values.parse import NEEDED, parse_input
from nexus_admin.data.values.show import lines, same, to_text
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import Conflict, Forbidden, Invalid
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.domain.row import Masked, Row
from nexus_admin.language.conditions import condition, conditional, new_row, unseen


def fields_to_write(resource: Resource, decision: Decision, names: Mapping[str, Any]) -> dict[str, Field]:
    """Return the fields that *names* names, if all of them may be written.

    Raises:
        Invalid: there is no such field, or the database takes no value for it.
        Forbidden: the actor may not write one of them.
    """
    wrong: dict[str, str] = {}
    found: dict[str, Field] = {}
    for name in names:
        field = resource.by_name.get(name)
        if field is None or not decision.shows(name):
            shown = [one for one in resource.by_name if decision.shows(one)]
            wrong[name] = f"There is no such field.{did_you_mean(name, shown)}"
        elif not decision.writes(name):
            raise Forbidden(f"You may not write {field.title} of {resource.title}: {decision.reason}")
        elif field.generated:
            wrong[name] = "The database computes this: leave it out."
        elif not field.writable:
            wrong[name] = field.why_read_only or "Cannot be written."
        else:
            found[name] = field
    if wrong:
        raise Invalid(wrong)
    return found


def new_values(scope: Scope, resource: Resource, decision: Decision, given: Mapping[str, Any]) -> Row:
    """Return the values of a new row. What is left blank and has a default is left to the database.

    Raises:
        Invalid: a sentence for each field that does not fit or is missing.
        Forbidden: the actor may not write one of them.
    """
    fields = fields_to_write(resource, decision, given)
    values: Row = {}
    wrong: dict[str, str] = {}
    for name, field in fields.items():
        blank = given[name] is None or (isinstance(given[name], str) and not given[name].strip())
        if blank and field.default is not None and (given[name] is not None or not field.nullable):
            continue
        try:
            values[name] = parse_input(field, given[name], scope.dialect)
        except Invalid as error:
            wrong |= error.fields
    gone = not_there(scope, resource, decision, new_row(resource, values), values)
    for field in resource.fields:
        if field.required and values.get(field.name) is None and field.name not in {*wrong, *gone}:
            if decision.shows(field.name):
                wrong[field.name] = NEEDED
            else:
                wrong[""] = "A new row needs a value that you may not give."
    if wrong:
        raise Invalid(wrong)
    return values


def not_there(
    scope: Scope, resource: Resource, decision: Decision, row: Row, values: Mapping[str, Any]
) -> frozenset[str]:
    """Return the fields that are not there in *row*, under the conditions that files and clicks lay over them.

    Raises:
        Invalid: *values* write one of them.
    """
    if not scope.snapshot.once(("conditional", resource.name), lambda: conditional(resource)):
        return frozenset()
    gone = unseen(scope.snapshot.schema, resource, row, scope.variables, decision.reads)
    wrong = {name: values[name] for name in gone if values.get(name) is not None}
    if wrong:
        raise Invalid({name: f"It is only there where {condition(resource.field(name))}." for name in wrong})
    return gone


def changed_values(scope: Scope, fields: Mapping[str, Field], given: Mapping[str, Any], current: Row) -> Row:
    """Return the values that differ from what stands in the row; what was not touched is not among them.

    Raises:
        Invalid: a sentence for each field that does not fit.
    """
    values: Row = {}
    wrong: dict[str, str] = {}
    for name, field in fields.items():
        if stands(field, given[name], current[name]):
            continue
        try:
            value = parse_input(field, given[name], scope.dialect)
        except Invalid as error:
            wrong |= error.fields
            continue
        if not same(field, value, current[name]):
            values[name] = like(value, current[name])
    if wrong:
        raise Invalid(wrong)
    return values


def untouched(
    fields: Mapping[str, Field], given: Mapping[str, Any], expected: Mapping[str, Any] | None
) -> dict[str, Field]:
    """Return the fields of *given* that the editor changed, against what they saw."""
    if expected is None:
        return dict(fields)
    return {
        name: field
        for name, field in fields.items()
        if name not in expected or not means_the_same(field, given[name], expected[name])
    }


def check_expected(
    resource: Resource, decision: Decision, changes: Mapping[str, Any], expected: Mapping[str, Any], current: Row
) -> None:
    """Compare what the editor saw with what stands there now, for the fields that would be written.

    Raises:
        Conflict: for each field that somebody else changed meanwhile: base, theirs and yours.
    """
    fields: dict[str, dict[str, Any]] = {}
    for name, value in changes.items():
        field = resource.field(name)
        if name in expected and not stands(field, expected[name], current[name]):
            theirs = current[name] if decision.reads(name) and not field.secret else Masked()
            fields[name] = {"base": expected[name], "theirs": theirs, "yours": value}
    if fields:
        titles = ", ".join(resource.field(name).title for name in fields)
        raise Conflict(f"Somebody changed {titles} after you had opened this. Compare, then save again.", fields)


def stands(field: Field, given: Any, current: Any) -> bool:
    """Whether *given*, a text or a value, is what the row holds already: then it is never written."""
    if isinstance(given, str) and not isinstance(given, JsonString):
        if lines(given) == lines(to_text(field, current)):
            return True
        if current is None:
            return False
    return means_the_same(field, given, current)


def means_the_same(field: Field, one: Any, other: Any) -> bool:
    """Whether two inputs, texts or values, mean the same value."""
    if type(one) is type(other) and not isinstance(one, dict | list) and one == other:
        return True
    try:
        loose = _loose(field)
        return same(field, parse_input(loose, one), parse_input(loose, other))
    except Invalid:
        return isinstance(one, str) and isinstance(other, str) and lines(one) == lines(other)


@lru_cache(maxsize=4096)
def _loose(field: Field) -> Field:
    """Return *field* without what a value of it must satisfy."""
    return replace(field, nullable=True, required=False, choices=None, max_length=None)


def like(value: Any, current: Any) -> Any:
    """Return *value* the way that the row had it: line ends, and a number where the column takes anything."""
    if type(value) is str and type(current) in (int, float):
        return _number_like(value, current)
    if type(value) is str and "\r\n" in value and not (isinstance(current, str) and "\r\n" in current):
        return value.replace("\r\n", "\n")
    return value


def _number_like(text: str, current: float) -> Any:
    try:
        number = type(current)(text)
    except ValueError:
        return text
    return number if str(number) == text else text
