"""What changed in a database since it was last read, as a list that people can go through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Field, Relation, Resource, Schema

_FIELD_FACTS = {
    "native": "type", "kind": "kind", "nullable": "nullable", "required": "required", "default": "default",
    "generated": "computed", "key": "key", "unique": "unique", "choices": "choices", "max_length": "length",
    "precision": "digits", "scale": "digits after the point", "minimum": "minimum", "maximum": "maximum",
    "writable": "writable", "secret": "secret", "comment": "comment",
}  # fmt: skip
_RESOURCE_FACTS = {
    "type": "type",
    "key": "key",
    "writable": "writable",
    "uniques": "uniques",
    "indexes": "indexes",
    "comment": "comment",
}


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference.

    Args:
        kind: `renamed?` is a guess: one went and one of the same make came.
        resource: The resource's name; of a renamed one, the old one.
        field: The field's or relation's name, None for the resource itself.
        before: The old value, name or type; None for what is new.
        after: The new one; None for what went.
        sentence: All of it, for people.
    """

    kind: Literal["added", "removed", "changed", "renamed?"]
    resource: str
    field: str | None
    before: Any
    after: Any
    sentence: str


def diff(old: Schema, new: Schema) -> list[Drift]:
    """Return what differs between two readings; estimates and what was only seen in rows do not count."""
    gone = [one for name, one in old.resources.items() if name not in new.resources]
    came = [one for name, one in new.resources.items() if name not in old.resources]
    found: list[Drift] = []
    for one in gone:
        same = next((other for other in came if _same_make(one, other)), None)
        if same is not None:
            came.remove(same)
            text = f"{one.name} is gone and {same.name} with the same fields came: renamed?"
            found.append(Drift("renamed?", one.name, None, one.name, same.name, text))
            continue
        found.append(Drift("removed", one.name, None, one.type, None, f"The {one.type} {one.name} is gone."))
    for one in came:
        found.append(Drift("added", one.name, None, None, one.type, f"The {one.type} {one.name} is new."))
    for name, before in old.resources.items():
        if name in new.resources:
            found += _resource(before, new.resources[name])
    return found


def _same_make(one: Resource, other: Resource) -> bool:
    def make(resource: Resource) -> list[tuple[str, str]]:
        return [(field.name, field.native) for field in resource.fields]

    return one.type == other.type and bool(one.fields) and make(one) == make(other)


def _resource(before: Resource, after: Resource) -> Iterator[Drift]:
    for fact, spoken in _RESOURCE_FACTS.items():
        old, new = getattr(before, fact), getattr(after, fact)
        if old != new:
            text = f"The {spoken} of {before.name} was {_told(old)} and is {_told(new)}."
            yield Drift("changed", before.name, None, old, new, text)
    yield from _fields(before, after)
    yield from _relations(before, after)


def _fields(before: Resource, after: Resource) -> Iterator[Drift]:
    gone = [field for field in before.fields if field.name not in after.by_name]
    came = [field for field in after.fields if field.name not in before.by_name]
    for field in gone:
        same = next((one for one in came if _alike(field, one, before, after)), None)
        spoken = f"{before.name}.{field.name}"
        if same is not None:
            came.remove(same)
            text = f"{spoken} is gone and {same.name} of the same type came in its place: renamed?"
            yield Drift("renamed?", before.name, field.name, field.name, same.name, text)
        else:
            yield Drift("removed", before.name, field.name, field.native, None, f"{spoken} ({field.native}) is gone.")
    for field in came:
        text = f"{before.name}.{field.name} ({field.native}) is new."
        yield Drift("added", before.name, field.name, None, field.native, text)
    for field in before.fields:
        if field.name in after.by_name:
            yield from _facts(before.name, field, after.by_name[field.name])


def _alike(one: Field, other: Field, before: Resource, after: Resource) -> bool:
    """Whether a field stands where another stood, and is of the same type."""
    place = before.fields.index(one) == after.fields.index(other)
    return place and (one.native, one.nullable, one.key) == (other.native, other.nullable, other.key)


def _facts(resource: str, before: Field, after: Field) -> Iterator[Drift]:
    for fact, spoken in _FIELD_FACTS.items():
        old, new = getattr(before, fact), getattr(after, fact)
        if old == new or (fact == "choices" and before.open_choices and after.open_choices):
            continue
        if fact in ("kind", "required") and before.native != after.native:
            continue  # the type says it
        text = f"The {spoken} of {resource}.{before.name} was {_told(old)} and is {_told(new)}."
        yield Drift("changed", resource, before.name, old, new, text)


def _relations(before: Resource, after: Resource) -> Iterator[Drift]:
    old, new = ({_ties(one): one for one in resource.relations if one.declared} for resource in (before, after))
    for ties, one in old.items():
        if ties not in new and not one.many:
            text = f"{before.name} no longer leads to {one.to} as {one.name}."
            yield Drift("removed", before.name, one.name, one.to, None, text)
    for ties, one in new.items():
        if ties not in old and not one.many:
            yield Drift("added", before.name, one.name, None, one.to, f"{before.name} leads to {one.to} as {one.name}.")


def _ties(relation: Relation) -> tuple[object, ...]:
    return relation.to, relation.many, relation.pairs, relation.through


def _told(value: Any) -> str:
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(" + ".join(one) if isinstance(one, tuple) else str(one) for one in value)
    return str(value)
