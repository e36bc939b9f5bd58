"""Links as relations, both ways, with names that people would give: `customer`, `items`, `manager`, `reports`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nexus_admin.data.catalog import FoundTable
from nexus_admin.data.guesses.links import Link
from nexus_admin.data.guesses.names import At
from nexus_admin.data.guesses.words import humanise, listed, parts, plural, singular
from nexus_admin.domain.resource import Relation, Through

_ENDINGS = listed("id key fk uuid guid pk code ref no nr number")
_BACK = {
    "parent": "children",
    "manager": "reports",
    "supervisor": "reports",
    "boss": "reports",
    "reply_to": "replies",
    "in_reply_to": "replies",
    "predecessor": "successors",
    "mentor": "mentees",
    "referrer": "referrals",
    "leader": "members",
    "head": "members",
    "original": "copies",
    "duplicate_of": "duplicates",
    "replaced_by": "replaces",
    "superseded_by": "supersedes",
    "blocked_by": "blocks",
}
_MANAGERS = frozenset({"reports_to", "managed_by", "supervised_by"})


@dataclass(frozen=True, slots=True)
class Ends:
    """What relations are named with.

    Args:
        tables: By (schema, table).
        names: Resource names by (schema, table).
    """

    tables: Mapping[At, FoundTable]
    names: Mapping[At, str]


@dataclass(slots=True)
class _Named:
    """The names given so far in one resource."""

    taken: set[str] = field(default_factory=set)

    def first_free(self, wanted: Iterable[str]) -> str:
        options = [name for name in wanted if name]
        for name in options:
            if name.casefold() not in self.taken:
                break
        else:
            base, number = options[-1] if options else "related", 2
            while f"{base}_{number}".casefold() in self.taken:
                number += 1
            name = f"{base}_{number}"
        self.taken.add(name.casefold())
        return name


def relations_of(ends: Ends, links: list[Link], joins: Mapping[At, tuple[Link, Link]]) -> dict[At, list[Relation]]:
    """Return each table's relations: to-one, then many-to-many, then to-many.

    Args:
        ends: The tables and their resource names.
        links: All of them.
        joins: Join tables that carry nothing else, with their two links; they are folded into many-to-many.
    """
    links = sorted(links, key=lambda link: _position(ends, link))
    given = {at: _Named({column.name.casefold() for column in table.columns}) for at, table in ends.tables.items()}
    forward = {link: given[link.near].first_free(_forward_names(link, links)) for link in links}
    found: dict[At, list[Relation]] = defaultdict(list)
    through = _many_to_many(ends, given, joins)
    backward = {
        link: given[link.far].first_free(_backward_names(ends, link, links, forward[link]))
        for link in links
        if link.near not in joins and not ends.tables[link.near].is_view
    }
    for link in links:
        found[link.near].append(_to_one(ends, link, forward[link], backward.get(link)))
    for at, relation in through:
        found[at].append(relation)
    for link, name in backward.items():
        found[link.far].append(_to_many(ends, link, name, forward[link], links))
    return found


def _position(ends: Ends, link: Link) -> int:
    """Return where in its table a link begins, so that relations come in the order of the columns."""
    return next(at for at, column in enumerate(ends.tables[link.near].columns) if column.name in link.columns)


def carried(link: Link, links: Iterable[Link]) -> bool:
    """Whether *link* is the one that its single column shows: the first over that column alone."""
    return (
        len(link.columns) == 1
        and next(one for one in links if one.near == link.near and one.columns == link.columns) is link
    )


def _to_one(ends: Ends, link: Link, name: str, inverse: str | None) -> Relation:
    return Relation(
        name=name,
        title=_title_of_stem(name),
        to=ends.names[link.far],
        many=False,
        pairs=tuple(zip(link.columns, link.far_columns, strict=True)),
        declared=link.declared,
        evidence=link.evidence,
        inverse=inverse,
    )


def _title_of_stem(name: str) -> str:
    return humanise(name.removesuffix("_record"))


def _to_many(ends: Ends, link: Link, name: str, forward: str, links: list[Link]) -> Relation:
    single = _is_one_to_one(ends, link)
    base = _child_words(link)
    title = humanise("_".join(base if not single else [*base[:-1], singular(base[-1])]))
    if _siblings(link, links) and name not in _BACK.values():
        title = f"{title} ({_title_of_stem(forward).lower()})"
    elif name in _BACK.values():
        title = humanise(name)
    return Relation(
        name=name,
        title=title,
        to=ends.names[link.near],
        many=not single,
        pairs=tuple(zip(link.far_columns, link.columns, strict=True)),
        declared=link.declared,
        evidence=link.evidence,
        inverse=forward,
        on_delete=link.on_delete,
    )


def _is_one_to_one(ends: Ends, link: Link) -> bool:
    near = ends.tables[link.near]
    return any(group and set(group) <= set(link.columns) for group in (near.primary_key, *near.uniques))


def stem(link: Link) -> list[str]:
    """Return the words of a link's role: `billing address` for `billing_address_id`; empty where it has none."""
    column = link.columns[-1] if len(link.columns) > 1 else link.columns[0]
    found = parts(column)
    if len(found) > 1 and found[0] in ("id", "fk"):
        found = found[1:]
    while len(found) > 1 and found[-1] in _ENDINGS:
        found = found[:-1]
    return [] if found == ["id"] else found


def _forward_names(link: Link, links: list[Link]) -> list[str]:
    own = "_".join(stem(link))
    if own in _MANAGERS:
        own = "manager"
    far = "_".join(_singular_words(link.far[1]))
    if len(link.columns) > 1 and not any(
        one.far == link.far and one is not link and one.near == link.near for one in links
    ):
        return [far, own, f"{far or 'related'}_record"]
    return [own, far if link.far != link.near else "", f"{own or far or 'related'}_record"]


def _singular_words(name: str) -> list[str]:
    found = parts(name)
    return [*found[:-1], singular(found[-1])] if found else []


def _siblings(link: Link, links: list[Link]) -> bool:
    """Whether several links lead from the same table to the same one, or it leads to itself."""
    return link.near == link.far or sum(one.near == link.near and one.far == link.far for one in links) > 1


def _child_words(link: Link) -> list[str]:
    """Return the near table's words in plural, without the far table's at its beginning: `items` of `order_items`."""
    child, parent = parts(link.near[1]), parts(link.far[1])
    if not child:
        return ["related"]
    for prefix in (parent, _singular_words(link.far[1])):
        if prefix and len(child) > len(prefix) and child[: len(prefix)] == prefix:
            child = child[len(prefix) :]
            break
    return [*child[:-1], plural(child[-1])]


def _backward_names(ends: Ends, link: Link, links: list[Link], forward: str) -> list[str]:
    base = _child_words(link)
    if _is_one_to_one(ends, link):
        base = [*base[:-1], singular(base[-1])]
    plain = "_".join(base)
    full = "_".join([*parts(link.near[1])[:-1], plural((parts(link.near[1]) or ["related"])[-1])])
    if link.near == link.far and forward in _BACK:
        return [_BACK[forward], f"{forward}_{plain}"]
    if _siblings(link, links):
        role = stem(link)
        own = _singular_words(link.far[1])
        if role == own and link.near != link.far:
            return [plain, full, f"{plain}_by_{forward}"]
        if own and len(role) > len(own) and role[-len(own) :] == own:
            role = role[: -len(own)]
        return [f"{'_'.join(role) or forward}_{plain}", f"{plain}_by_{forward}"]
    return [plain, full, f"{plain}_by_{forward}"]


def _many_to_many(
    ends: Ends, given: Mapping[At, _Named], joins: Mapping[At, tuple[Link, Link]]
) -> list[tuple[At, Relation]]:
    found: list[tuple[At, Relation]] = []
    pairs = Counter(frozenset((one.far, other.far)) for one, other in joins.values())
    for at, (one, other) in joins.items():
        several = pairs[frozenset((one.far, other.far))] > 1 or one.far == other.far
        names = {}
        for near, far in ((one, other), (other, one)):
            names[near] = given[near.far].first_free(_far_names(far, at, several))
        for near, far in ((one, other), (other, one)):
            found.append((near.far, _through(ends, at, near, far, names[near], names[far])))
    return found


def _far_names(far: Link, join: At, several: bool) -> list[str]:
    role, table = stem(far), _singular_words(far.far[1])
    last = (role or table or ["related"])[-1]
    by_role = "_".join([*(role or table)[:-1], last if last.endswith(("ed", "ing")) else plural(last)])
    by_table = "_".join([*table[:-1], plural(table[-1])]) if table else ""
    by_join = f"{by_table}_of_{'_'.join(parts(join[1]))}"
    return (
        [by_role, by_join] if several and role != table else [by_table if role == table else by_role, by_table, by_join]
    )


def _through(ends: Ends, join: At, near: Link, far: Link, name: str, inverse: str) -> Relation:
    guessed = [link.evidence for link in (near, far) if link.evidence]
    return Relation(
        name=name,
        title=humanise(name),
        to=ends.names[far.far],
        many=True,
        through=Through(
            resource=ends.names[join],
            near=tuple(zip(near.far_columns, near.columns, strict=True)),
            far=tuple(zip(far.columns, far.far_columns, strict=True)),
        ),
        declared=not guessed,
        evidence="; ".join(guessed) or None,
        inverse=inverse,
        on_delete=near.on_delete,
    )
