"""Formulas of computed fields: read from their text, and settled against the tables that they speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.formula import FIGURES, MOST_LETTERS, Formula, Number, Operation, Source, Term, Text
from nexus_admin.domain.kinds import family
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Field, Relation, Resource
from nexus_admin.language.names import join_path, split_path
from nexus_admin.language.paths import Sight

_NUMBER: Final = re.compile(r"\d{1,15}(\.\d{1,10})?")
_PATH: Final = re.compile(r"(?:[^\W\d]\w*|`(?:[^`]|``)*`)(?:\.(?:[^\W\d]\w*|`(?:[^`]|``)*`))*")
_BLANK: Final = re.compile(r"\s*")
_PIECE: Final = re.compile(r"\{\{|\}\}|\{((?:[^{}`]|`(?:[^`]|``)*`)*)\}|[{}]")
MOST_DEPTH: Final = 20
MOST_SOURCES: Final = 12


@lru_cache(maxsize=2000)
def read_formula(text: str) -> Formula:
    """Return what *text* says.

    Raises:
        BadExpression: names the place that cannot be understood.
    """
    if len(text) > MOST_LETTERS or not text.isprintable() or not text.strip():
        raise BadExpression(f"A formula is one line of 1 to {MOST_LETTERS} letters.")
    formula = _text(text) if "{" in text or "}" in text else _Reader(text).whole()
    if not sources(formula):
        raise BadExpression(f"{text!r} uses no field. Say {{name}} in a text, or name a field in a sum.")
    if len(sources(formula)) > MOST_SOURCES:
        raise BadExpression(f"A formula may use {MOST_SOURCES} values.")
    return formula


def sources(formula: Formula | str) -> tuple[Source, ...]:
    """Return the values that *formula* uses, each once."""
    return tuple(dict.fromkeys(_sources(formula)))


def _sources(formula: Formula | str) -> Iterator[Source]:
    match formula:
        case Source():
            yield formula
        case Operation():
            yield from _sources(formula.left)
            yield from _sources(formula.right)
        case Text():
            for part in formula.parts:
                yield from _sources(part)


def _text(text: str) -> Text:
    parts: list[str | Term] = []
    plain, at = "", 0
    for match in _PIECE.finditer(text):
        plain, at = plain + text[at : match.start()], match.end()
        if match[0] in ("{{", "}}"):
            plain += match[0][0]
        elif match[1] is None:
            raise BadExpression(f"{text!r}: the brace at letter {match.start() + 1} has no other; write {{{{ for one.")
        else:
            parts += [plain] if plain else []
            parts.append(_Reader(match[1]).whole())
            plain = ""
    plain += text[at:]
    return Text((*parts, plain) if plain else tuple(parts))


class _Reader:
    """Reads numbers, fields and signs."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def whole(self) -> Term:
        found = self.sum()
        if self.at < len(self.text):
            raise self.wrong("an end or a sign (+ - * /)")
        return found

    def sum(self) -> Term:
        found = self.product()
        while sign := self.sign("+-"):
            found = Operation(sign, found, self.product())
        return found

    def product(self) -> Term:
        found = self.one()
        while sign := self.sign("*/"):
            found = Operation(sign, found, self.one())
        return found

    def one(self) -> Term:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise BadExpression(f"{self.text!r} is nested more than {MOST_DEPTH} deep.")
        found = self.inner()
        self.depth -= 1
        return found

    def inner(self) -> Term:
        if self.take("("):
            found = self.sum()
            if not self.take(")"):
                raise self.wrong("a closing bracket")
            return found
        if self.take("-"):
            return Operation("-", Number(Decimal(0)), self.one())
        if number := self.match(_NUMBER):
            return Number(Decimal(number))
        if path := self.match(_PATH):
            return self.source(split_path(path))
        raise self.wrong("a field or a number")

    def source(self, path: tuple[str, ...]) -> Source:
        if not self.take("("):
            return Source(path)
        of = self.match(_PATH) or ""
        if not self.take(")"):
            raise self.wrong("one field of the far rows and a closing bracket")
        return Source(path, split_path(of) if of else ())

    def sign(self, signs: str) -> Literal["+", "-", "*", "/"] | None:
        self.skip()
        here = self.text[self.at : self.at + 1]
        if not here or here not in signs:
            return None
        self.at += 1
        return here  # type: ignore[return-value]

    def take(self, letter: str) -> bool:
        self.skip()
        found = self.text.startswith(letter, self.at)
        self.at += found
        return found

    def match(self, pattern: re.Pattern[str]) -> str:
        self.skip()
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match[0] if match else ""

    def skip(self) -> None:
        self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]

    def wrong(self, wanted: str) -> BadExpression:
        rest = self.text[self.at : self.at + 20]
        return BadExpression(f"{self.text!r}: there should be {wanted} {f'before {rest!r}' if rest else 'at the end'}.")


# ── settled against tables ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Settled:
    """A source that was found.

    Args:
        path: How it is selected: a field over to-one relations; or up to a to-many relation, the figure, and the
            field that it is of.
        field: How a value of it is read and shown.
        own: Whether it stands in the row itself.
        resource: Name of the table that the field is of.
    """

    path: tuple[str, ...]
    field: Field
    own: bool
    resource: str


def settle(source: Source, sight: Sight, resource: Resource) -> Settled:
    """Return where *source* is found, seen from *resource*.

    Raises:
        UnknownField: a name is not there, or may not be read.
        BadExpression: what is asked of many rows is no figure, or a field is itself computed.
    """
    at = many_at(source.path, sight, resource)
    if at is None:
        if source.of:
            raise BadExpression(
                f"{join_path(source.path)} leads to one row. Say {join_path(source.path[:-1])}.<field>."
            )
        way = sight.way(resource, source.path)
        if way.field.computed:
            raise BadExpression(f"{join_path(source.path)} is computed itself. Use what it is computed from.")
        return Settled(source.path, way.field, len(source.path) == 1, way.resource.name)
    return _figure(source, at, sight, resource)


def _figure(source: Source, at: int, sight: Sight, resource: Resource) -> Settled:
    path = source.path
    relations = sight.to_one(resource, path[:at], path)
    near = sight.far(relations[-1]) if relations else resource
    far = sight.far(sight.relation(near, path[at]))
    rest = path[at + 1 :]
    name = join_path(path[: at + 1])
    if len(rest) != 1 or rest[0] not in FIGURES:
        hint = did_you_mean(rest[0], FIGURES) if rest else ""
        raise BadExpression(f"{name} leads to many rows. Say {name}.count, or {name}.sum(<field>).{hint}")
    if (rest[0] == "count") == bool(source.of):
        raise BadExpression(f"Say {name}.count" if source.of else f"Say {name}.{rest[0]}(<field>).")
    if rest[0] == "count":
        return Settled(path, Field("count", "Count", "integer", native="BIGINT"), False, far.name)
    if len(source.of) != 1:
        raise BadExpression(f"{name}.{rest[0]} takes one field of {far.title}.")
    field = sight.field(far, source.of[0])
    kinds = ("number",) if rest[0] in ("sum", "avg") else ("number", "date", "datetime", "time", "text")
    if field.computed or field.encrypted or field.secret or family(field.kind) not in kinds:
        raise BadExpression(f"{join_path((*path, *source.of))}: there is no {rest[0]} of {field.title} ({field.kind}).")
    if rest[0] == "avg":
        field = replace(field, kind="money" if field.kind == "money" else "decimal", scale=field.scale or 2)
    return Settled((*path, *source.of), field, False, far.name)


def many_at(path: tuple[str, ...], sight: Sight, resource: Resource) -> int | None:
    """Return the place of the to-many relation in *path*; None where there is none."""
    for at, name in enumerate(path[:-1]):
        relation: Relation | None = resource.relations_by_name.get(name)
        if relation is None or relation.to not in sight.schema.resources:
            return None
        if relation.many:
            return at
        resource = sight.schema.resource(relation.to)
    return None


def shape_of(formula: Formula, found: dict[Source, Field]) -> Field:
    """Return a field with the kind that the values of *formula* have.

    Raises:
        BadExpression: something that is no number is reckoned with.
    """
    if isinstance(formula, Text):
        return Field("", "", "text", native="TEXT")
    if isinstance(formula, Source):
        one = found[formula]
        return Field("", "", one.kind, one.native, unit=one.unit, scale=one.scale, precision=one.precision)
    fields = [found[one] for one in sources(formula)]
    for one in fields:
        if family(one.kind) != "number":
            raise BadExpression(f"{one.title} ({one.kind}) is no number, so nothing can be reckoned with it.")
    whole = all(one.kind in ("integer", "year") for one in fields) and is_whole(formula)
    if whole:
        return Field("", "", "integer", "BIGINT")
    units = {one.unit for one in fields if one.kind == "money"}
    scale = scale_of(formula, found)
    kind, unit = ("money", units.pop()) if len(units) == 1 else ("decimal", None)
    return Field("", "", kind, "NUMERIC", unit=unit, scale=scale)


def is_whole(term: Formula) -> bool:
    """Whether nothing in *term* makes a fraction of whole numbers."""
    if isinstance(term, Operation):
        return term.sign != "/" and is_whole(term.left) and is_whole(term.right)
    return not isinstance(term, Number) or term.value == term.value.to_integral_value()


def scale_of(term: Formula, found: dict[Source, Field]) -> int | None:
    """Return the digits after the point that *term* has at most; None where that cannot be said."""
    match term:
        case Number():
            return max(0, -int(term.value.normalize().as_tuple().exponent))
        case Source():
            field = found[term]
            return 0 if field.kind in ("integer", "year") else field.scale
        case Operation():
            left, right = scale_of(term.left, found), scale_of(term.right, found)
            if left is None or right is None or term.sign == "/":
                return None
            return left + right if term.sign == "*" else max(left, right)
    return None
