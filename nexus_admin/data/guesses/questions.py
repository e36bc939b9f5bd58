"""What the guesses were not sure of, as questions that a person can answer with a click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Field, Resource, Schema

MOST_CHOICES = 12
_NAMES = frozenset({"text", "email", "slug", "phone", "url", "uuid", "enum", "integer"})


@dataclass(frozen=True, slots=True)
class Question:
    """One doubt.

    Args:
        about: Which kind of doubt.
        resource: The table's name.
        part: The field's or relation's name; empty for the table.
        ask: The question, a sentence.
        because: What speaks for the guess.
        choices: (value, what people read); the guess stands first.
        answer: The value in force: what was answered, else the guess.
        answered: Whether somebody did.
    """

    about: Literal["relation", "title", "secret", "choices"]
    resource: str
    part: str
    ask: str
    because: str
    choices: tuple[tuple[str, str], ...]
    answer: str
    answered: bool = False

    @property
    def id(self) -> str:
        """Unique in a source, and safe as a form field's name."""
        return "/".join((self.about, segment(self.resource), segment(self.part)))

    def override(self, answer: str) -> dict[str, Any]:
        """Return what *answer* lays over the resource, in the words of `resources/*.toml`."""
        match self.about:
            case "relation":
                return {"relations": {self.part: answer == "yes"}}
            case "title":
                return {"names": [answer] if answer else []}
            case "secret":
                return {"fields": {self.part: {"secret": answer == "yes"}}}
            case "choices":
                return {"fields": {self.part: {"closed": answer == "closed"}}}


def questions(schema: Schema, overrides: Mapping[str, Any]) -> list[Question]:
    """Return what *schema*, as introspection found it, left open; with the answers that were given."""
    found = []
    for resource in schema.resources.values():
        if not resource.tucked:
            given = overrides.get(resource.name, {})
            found += [*_relations(schema, resource, given), *_title(resource, given), *_fields(resource, given)]
    return found


def _relations(schema: Schema, resource: Resource, given: Mapping[str, Any]) -> Iterator[Question]:
    if resource.type == "view":
        return
    for one in resource.relations:
        near, theirs = zip(*one.pairs, strict=True) if one.pairs else ((), ())
        if one.declared or one.many or (near == resource.key and theirs != schema.resource(one.to).key):
            continue  # where one row has one, only the side whose columns lead to the other asks
        said = given.get("relations", {}).get(one.name)
        yield Question(
            "relation", resource.name, one.name, f"Does {resource.name}.{near[0]} lead to {one.to}?",
            one.evidence or "", (("yes", "Yes, related"), ("no", "No")), "no" if said is False else "yes",
            said is not None,
        )  # fmt: skip


def _title(resource: Resource, given: Mapping[str, Any]) -> Iterator[Question]:
    """Ask what names a row where nothing but its key does."""
    if resource.title_fields or resource.type == "view":
        return
    fields = [one for one in resource.fields if one.kind in _NAMES and not (one.key or one.secret or one.relation)]
    if not fields:
        return
    names = given.get("names")
    choices = (("", "Its key"), *((one.name, one.title) for one in fields[:MOST_CHOICES]))
    yield Question(
        "title", resource.name, "", f"What names one of {resource.title}?", "No field stood out.", choices,
        names[0] if names else "", names is not None,
    )  # fmt: skip


def _fields(resource: Resource, given: Mapping[str, Any]) -> Iterator[Question]:
    for field in resource.fields:
        said = given.get("fields", {}).get(field.name, {})
        if field.secret:
            yield _secret(resource, field, said)
        if field.open_choices and field.choices and resource.type == "table":
            yield _choices(resource, field, said)


def _secret(resource: Resource, field: Field, said: Mapping[str, Any]) -> Question:
    shown = said.get("secret") is False
    return Question(
        "secret", resource.name, field.name, f"Is {resource.name}.{field.name} a secret?",
        str(field.options.get("because") or ""), (("yes", "Yes, hide it"), ("no", "No, show it")),
        "no" if shown else "yes", "secret" in said,
    )  # fmt: skip


def _choices(resource: Resource, field: Field, said: Mapping[str, Any]) -> Question:
    seen = ", ".join((field.choices or ())[:6]) + (" and more" if len(field.choices or ()) > 6 else "")
    return Question(
        "choices", resource.name, field.name, f"May {resource.name}.{field.name} have other values?",
        f"Seen: {seen}.", (("open", "Yes, others too"), ("closed", "No, only these")),
        "closed" if said.get("closed") else "open", "closed" in said,
    )  # fmt: skip
