"""The text form, read: a recursive descent that knows the fields, so that values are typed as they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, cast

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import (
    EVERYTHING,
    And,
    Comparison,
    Count,
    Expression,
    Or,
    Quantified,
    Search,
)
from nexus_admin.domain.resource import Relation, Resource, Schema
from nexus_admin.language.json_form import check_caps
from nexus_admin.language.normal import flat, negated, plain_count, plain_operand
from nexus_admin.language.operands import read_operand
from nexus_admin.language.operators import count_field
from nexus_admin.language.paths import Decide, Sight
from nexus_admin.language.scanner import WORD, Scanner

QUANTIFIERS: Final = ("any", "none", "all")


def read_text(text: str, schema: Schema, resource: str, decide: Decide | None) -> Expression:
    """Read *text*, asked of rows of *resource*; see `text.parse`."""
    return _Parser(text, Sight(schema, decide)).whole(schema.resource(resource))


class _Parser:
    def __init__(self, text: str, sight: Sight) -> None:
        self._scan = Scanner(text)
        self._sight = sight
        self._nodes = 0

    def whole(self, resource: Resource) -> Expression:
        found = self._either(resource, 1)
        if self._scan.here:
            raise self._scan.wrong("Something stands here that cannot be read")
        return found

    def _either(self, resource: Resource, depth: int) -> Expression:
        """Read conditions joined by `or`; nothing at all is everything."""
        check_caps(0, depth)
        items = [self._all(resource, depth)]
        while self._scan.word() == "or":
            self._scan.path()
            items.append(self._all(resource, depth, needed=True))
        return flat(Or, items) if len(items) > 1 else items[0]

    def _all(self, resource: Resource, depth: int, needed: bool = False) -> Expression:
        """Read conditions side by side."""
        items: list[Expression] = []
        joined = False
        while True:
            self._scan.skip()
            word = self._scan.word()
            if word == "and" and items and not joined:
                self._scan.path()
                joined = True
                continue
            if not self._scan.here or self._scan.here == ")" or word in ("or", "and"):
                if joined or (needed and not items) or word == "and" or (word == "or" and not items):
                    raise self._scan.wrong("A condition is missing")
                return flat(And, items)
            items.append(self._one(resource, depth))
            joined = False

    def _one(self, resource: Resource, depth: int) -> Expression:
        scan = self._scan
        turns = 0
        while True:
            if scan.word() == "not":
                scan.path()
            elif not scan.take("-"):
                break
            turns += 1
            scan.skip()
        found = self._condition(resource, depth)
        return negated(found) if turns % 2 else found

    def _condition(self, resource: Resource, depth: int) -> Expression:
        scan = self._scan
        self._nodes += 1
        check_caps(self._nodes, depth)
        if scan.here == "(":
            return self._group(resource, depth)
        start = scan.at
        quoted = scan.quoted()
        if quoted is not None:
            if scan.here == ":":
                raise scan.wrong("A field's name is not put in quotes but in backquotes", start)
            return _search(quoted)
        path = scan.path()
        if path and scan.here == ":":
            return self._comparison(resource, path, start)
        if path and len(path) > 1 and scan.here == "(" and path[-1].casefold() in (*QUANTIFIERS, "count"):
            return self._quantified(resource, path, depth)
        if path and scan.here == "(":
            raise scan.wrong("Behind a name, a parenthesis needs .any, .none, .all or .count before it")
        scan.at = start
        word = scan.match(WORD)
        if word is None or scan.here == ":":
            raise scan.wrong("A condition looks like field:value, and a word to search for with a colon needs quotes",
                             start)  # fmt: skip
        return _search(word)

    def _group(self, resource: Resource, depth: int) -> Expression:
        opened = self._scan.at
        self._scan.take("(")
        found = self._either(resource, depth + 1)
        if not self._scan.take(")"):
            raise self._scan.wrong("This parenthesis is never closed", opened)
        return found

    def _comparison(self, resource: Resource, path: tuple[str, ...], start: int) -> Expression:
        relations, here, rest = self._walk(resource, path)
        self._scan.take(":")
        if relations and relations[-1].many:
            names = tuple(one.name for one in relations)
            if [one.casefold() for one in rest] == ["count"]:
                return self._counted(names, None)
            last = relations[-1].name
            raise BadExpression(
                f"{last} leads to many rows. Say {last}.any(…), {last}.none(…), {last}.all(…) or {last}.count."
            )
        if not rest:
            name = _carrier(relations[-1], resource if len(relations) == 1 else self._sight.far(relations[-2]))
            if name is None:
                raise self._scan.wrong(f"{relations[-1].name} is a relation, not a field", start)
            relations, here, rest = relations[:-1], self._origin(resource, relations[:-1]), (name,)
        field = self._sight.field(here, self._spelled(here, rest[0]))
        if len(rest) > 1:
            raise BadExpression(f"{field.name} is a field of {here.name}, so no path goes through it.")
        op, value = read_operand(self._scan, field)
        return Comparison((*(one.name for one in relations), field.name), op, plain_operand(field, op, value))

    def _origin(self, resource: Resource, relations: tuple[Relation, ...]) -> Resource:
        return self._sight.far(relations[-1]) if relations else resource

    def _quantified(self, resource: Resource, path: tuple[str, ...], depth: int) -> Expression:
        word = path[-1].casefold()
        relations, far, rest = self._walk(resource, path[:-1])
        if rest:
            raise self._sight.unknown(far, rest[0])
        if not relations[-1].many:
            one = relations[-1].name
            raise BadExpression(f"{one} leads to one row. Say {one}.<field>.")
        inner = self._group(far, depth)
        where = None if inner == EVERYTHING else inner
        names = tuple(one.name for one in relations)
        if word == "count":
            if not self._scan.take(":"):
                raise self._scan.wrong("A count is compared with a number, as in :>3")
            return self._counted(names, where)
        return Quantified(cast("Literal['any', 'none', 'all']", word), names, where)

    def _counted(self, names: tuple[str, ...], where: Expression | None) -> Expression:
        op, value = read_operand(self._scan, count_field(names))
        made = Count(names, op, value, where)
        return Count(names, op, plain_count(made), where)

    def _walk(
        self, resource: Resource, path: tuple[str, ...]
    ) -> tuple[tuple[Relation, ...], Resource, tuple[str, ...]]:
        """Follow relations as far as *path* names them, up to the first to-many one; return also what is left."""
        relations: list[Relation] = []
        for at, name in enumerate(path):
            spelled = self._spelled(resource, name)
            if spelled in resource.by_name or spelled not in resource.relations_by_name:
                return tuple(relations), resource, path[at:]
            relations.append(self._sight.relation(resource, spelled))
            resource = self._sight.far(relations[-1])
            if relations[-1].many:
                return tuple(relations), resource, path[at + 1 :]
        return tuple(relations), resource, ()

    def _spelled(self, resource: Resource, name: str) -> str:
        """Return *name* as the schema spells it: exactly, else in any case, else as its title; only where one fits.

        Raises:
            UnknownField: none fits, or several do.
        """
        if name in resource.by_name or name in resource.relations_by_name:
            return name
        known = {one.name: one.title for one in resource.fields if self._sight.reads(resource.name, (one.name,))}
        known |= {one.name: one.title for one in resource.relations if self._sight.follows(resource, one)}
        for spelled in ({real: real for real in known}, {real: _slug(title) for real, title in known.items()}):
            fits = {real for real, spelling in spelled.items() if spelling.casefold() == name.casefold()}
            if len(fits) == 1:
                return fits.pop()
            if fits:
                raise _several(name, resource, fits)
        raise self._sight.unknown(resource, name)


def _several(name: str, resource: Resource, fits: Iterable[str]) -> BadExpression:
    listed = " and ".join(sorted(map(repr, fits)))
    return BadExpression(f"{resource.name} has several fields that {name!r} may mean: {listed}. Spell one exactly.")


def _slug(title: str) -> str:
    return "_".join(title.replace("-", " ").split())


def _carrier(relation: Relation, resource: Resource) -> str | None:
    """Return the one column that carries a to-one relation."""
    names = [one.name for one in resource.fields if one.relation == relation.name]
    return names[0] if len(names) == 1 and not relation.many else None


def _search(text: str) -> Expression:
    words = " ".join(text.split())
    return Search(words) if words else EVERYTHING
