"""Beside the matrix: the row rule and the columns of one table, or the role's own texts; and what was typed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from nexus_admin.access.rules import canonical, check_rule
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import FieldAccess
from nexus_admin.domain.errors import BadRequest, Invalid, NexusError
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.role import Role
from nexus_admin.language.json_form import from_json, to_json
from nexus_admin.language.url import read_filter, write
from nexus_admin.screens.access.draft import Place, Terms, terms_of, with_terms

ACCESS_WORDS: Final[Mapping[FieldAccess, str]] = {
    "write": "Writable", "read": "Read-only", "masked": "Masked", "hidden": "Hidden",
}  # fmt: skip

_ACCESSES = get_args(FieldAccess)


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One column with its access; `secret` ones are masked for everybody."""

    name: str
    title: str
    kind: str
    access: FieldAccess
    own: bool
    secret: bool


@dataclass(frozen=True, slots=True)
class TablePane:
    """What a role gives on one table.

    Args:
        place: Which.
        resource: The table.
        terms: On which rows and columns.
        rule: The row rule as text, as it is typed.
        problem: Why that cannot be used, or "".
        lines: The columns; those that are kept back first, then the others.
        gone: Columns that the role speaks of and that are not there any more.
    """

    place: Place
    resource: Resource
    terms: Terms
    rule: str
    problem: str
    lines: tuple[FieldLine, ...]
    gone: tuple[str, ...]


def table_pane(role: Role, place: Place, schema: Schema, typed: str | None = None, problem: str = "") -> TablePane:
    """Return the pane of one table; *typed* and *problem* stand where a rule could not be read."""
    resource = schema.resource(place.resource)
    terms = terms_of(role, place)
    text, wrong = rule_text(terms.rows, schema, resource)
    fields = dict(terms.fields or {})
    lines = tuple(
        FieldLine(one.name, one.title, one.kind, fields.get(one.name, terms.default), one.name in fields, one.secret)
        for one in resource.fields
    )
    gone = tuple(name for name in fields if name not in resource.by_name)
    return TablePane(place, resource, terms, text if typed is None else typed, problem or wrong, lines, gone)


def rule_text(rule: Any, schema: Schema, resource: Resource) -> tuple[str, str]:
    """Return a row rule as text, and why it cannot be used (then the text is its JSON)."""
    if rule is None:
        return "", ""
    try:
        return write(from_json(rule), schema, resource.name), ""
    except NexusError as error:
        return str(rule), f"No row passes: {error}"


def with_table(role: Role, place: Place, schema: Schema, form: Mapping[str, str]) -> Role:
    """Return *role* with what was typed into the pane of *place*.

    Raises:
        BadExpression: the rule cannot be read, or asks for what is not there; names the nearest neighbour.
        BadRequest: an access that there is not.
    """
    resource = schema.resource(place.resource)
    terms = terms_of(role, place)
    if not (terms.given and terms.one):
        return role
    before, _ = rule_text(terms.rows, schema, resource)
    typed = form.get("rule", before).strip()
    rows = terms.rows if typed == before else _rule(typed, schema, resource)
    default = _access(form.get("default", terms.default))
    fields: dict[str, FieldAccess] = {
        name: access for name, access in (terms.fields or {}).items() if name not in resource.by_name
    }
    for one in resource.fields:
        was = (terms.fields or {}).get(one.name)
        posted = form.get(f"field.{one.name}", was or "")
        if posted:
            fields[one.name] = _access(posted)
    return with_terms(role, place, rows, fields, default)


def with_texts(role: Role, form: Mapping[str, str], inherits: Sequence[str]) -> Role:
    """Return *role* with the title, description, parents and second factor that were typed."""
    return role.model_copy(
        update={
            "title": form.get("title", role.title).strip()[:200],
            "description": form.get("description", role.description).strip()[:2000],
            "inherits": tuple(dict.fromkeys(name for name in inherits if name != role.name)),
            "require_second_factor": form.get("second_factor") == "1",
        }
    )


def _rule(typed: str, schema: Schema, resource: Resource) -> Any:
    expression = read_filter(typed, schema, resource.name)
    if expression is None:
        return None
    check_rule(expression, resource, schema)
    return canonical(to_json(expression))


def _access(text: str) -> FieldAccess:
    for access in _ACCESSES:
        if access == text:
            return access  # type: ignore[no-any-return]
    raise BadRequest(f"A column is {', '.join(_ACCESSES)}; not {text[:40]!r}.")


def named(name: str) -> str:
    """Return *name* if a role can be called that.

    Raises:
        Invalid: says what a name looks like.
    """
    try:
        return Role(name=name).name
    except ValueError:
        raise Invalid(
            {"name": "A name begins with a small letter and has small letters, digits, _ and - only; 63 at most."}
        ) from None
