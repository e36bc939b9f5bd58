"""Links as relations, both ways; join tables that carry nothing else are folded into many-to-many."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from nexus_admin.data.catalog import FoundTable
from nexus_admin.data.guesses.links import Link
from nexus_admin.data.guesses.names import At
from nexus_admin.data.guesses.relation_names import (
    backward_names,
    backward_title,
    by_code,
    forward_names,
    role_title,
    through_names,
    through_title,
)
from nexus_admin.data.guesses.words import humanise
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Relation, Through


@dataclass(frozen=True, slots=True)
class Ends:
    """What relations lie between: tables, and their resource names, by (schema, table)."""

    tables: Mapping[At, FoundTable]
    names: Mapping[At, str]


@dataclass(slots=True)
class _Names:
    """The names given so far in one resource; its fields' names are never given."""

    taken: set[str] = field(default_factory=set)

    def first_free(self, wanted: Iterable[str]) -> str:
        options = [name for name in wanted if name] or ["related"]
        name = next((name for name in options if name.casefold() not in self.taken), None)
        number = 2
        while name is None:
            numbered = f"{options[-1]}_{number}"
            name = None if numbered.casefold() in self.taken else numbered
            number += 1
        self.taken.add(name.casefold())
        return name


def relations_of(
    ends: Ends, links: Iterable[Link], joins: Mapping[At, tuple[Link, Link]]
) -> Mapping[At, list[Relation]]:
    """Return each table's relations: to-one in the columns' order, then many-to-many, then to-many.

    Args:
        ends: The tables and their resource names.
        links: All of them.
        joins: Join tables that carry nothing else, with their two links.
    """
    links = sorted(links, key=lambda link: _position(ends, link))
    often = Counter((link.near, link.far) for link in links)
    shared = {link: link.near == link.far or often[link.near, link.far] > 1 for link in links}
    given = {at: _Names({column.name.casefold() for column in table.columns}) for at, table in ends.tables.items()}
    liked = sorted(links, key=lambda link: (not link.declared, by_code(link)))  # `customer_id` before `customer_ref`
    forward = {link: given[link.near].first_free(forward_names(link, shared[link])) for link in liked}
    backward = {
        link: given[link.far].first_free(backward_names(link, shared[link], forward[link], _is_single(ends, link)))
        for link in liked
        if link.near not in joins and not ends.tables[link.near].is_view
    }
    found: dict[At, list[Relation]] = defaultdict(list)
    for link in links:
        found[link.near].append(_to_one(ends, link, shared[link], forward[link], backward.get(link)))
    for at, relation in _many_to_many(ends, given, joins):
        found[at].append(relation)
    for link, name in backward.items():
        found[link.far].append(_to_many(ends, link, shared[link], name, forward[link]))
    return found


def carried(link: Link, links: Iterable[Link]) -> bool:
    """Whether *link* is the one that its single column shows: the first over that column alone."""
    same = (one for one in links if one.near == link.near and one.columns == link.columns)
    return len(link.columns) == 1 and next(same, None) is link


def _position(ends: Ends, link: Link) -> int:
    return next(at for at, column in enumerate(ends.tables[link.near].columns) if column.name in link.columns)


def _is_single(ends: Ends, link: Link) -> bool:
    """Whether at most one row leads to a far row: the columns are unique over here."""
    near = ends.tables[link.near]
    return any(group and set(group) <= set(link.columns) for group in (near.primary_key, *near.uniques))


def _to_one(ends: Ends, link: Link, shared: bool, name: str, inverse: str | None) -> Relation:
    return Relation(
        name=name,
        title=role_title(link, shared) if name != forward_names(link, shared)[-1] else humanise(link.columns[-1]),
        to=ends.names[link.far],
        many=False,
        pairs=tuple(zip(link.columns, link.far_columns, strict=True)),
        declared=link.declared,
        evidence=link.evidence,
        inverse=inverse,
    )


def _to_many(ends: Ends, link: Link, shared: bool, name: str, forward: str) -> Relation:
    single = _is_single(ends, link)
    return Relation(
        name=name,
        title=backward_title(link, shared, name, single),
        to=ends.names[link.near],
        many=not single,
        pairs=tuple(zip(link.far_columns, link.columns, strict=True)),
        declared=link.declared,
        evidence=link.evidence,
        inverse=forward,
        on_delete=link.on_delete,
    )


def _many_to_many(
    ends: Ends, given: Mapping[At, _Names], joins: Mapping[At, tuple[Link, Link]]
) -> Iterator[tuple[At, Relation]]:
    joined = Counter(frozenset((one.far, other.far)) for one, other in joins.values())
    for one, other in joins.values():
        several = joined[frozenset((one.far, other.far))] > 1 or one.far == other.far
        to_other = given[one.far].first_free(through_names(other, several))
        to_one = given[other.far].first_free(through_names(one, several))
        yield one.far, _through(ends, one, other, to_other, to_one)
        yield other.far, _through(ends, other, one, to_one, to_other)


def _through(ends: Ends, near: Link, far: Link, name: str, inverse: str) -> Relation:
    """Return the way over a join table; `on_delete` says what becomes of the join table's rows."""
    guessed = [link.evidence for link in (near, far) if link.evidence]
    return Relation(
        name=name,
        title=through_title(far, name),
        to=ends.names[far.far],
        many=True,
        through=Through(
            resource=ends.names[near.near],
            near=tuple(zip(near.far_columns, near.columns, strict=True)),
            far=tuple(zip(far.columns, far.far_columns, strict=True)),
        ),
        declared=not guessed,
        evidence="; ".join(guessed) or None,
        inverse=inverse,
        on_delete=near.on_delete,
    )
