"""Finding a field: of a table, or along its relations, by the words of its titles and within the actor's rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import FieldKind
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Resource
from nexus_admin.language.names import join_path
from nexus_admin.language.paths import Sight
from nexus_admin.screens.lists.filter_posted import COUNTED

DEEPEST = 3
"""Relations that a path may walk."""
MOST = 40
LOOKED_AT = 4000


@dataclass(frozen=True, slots=True)
class Found:
    """A field that may be chosen: its path as text, what people read, its icon and its kind."""

    path: str
    title: str
    glyph: str
    meta: str


Way = tuple[tuple[str, ...], tuple[str, ...], Resource, bool]
"""Names, titles, where they lead, and whether a to-many relation is among them."""


def fields(
    text: str, resource: Resource, sight: Sight, kinds: Callable[[str], FieldKind], *, one: bool = False
) -> list[Found]:
    """Return fields whose titles, with those of the relations before them, hold every word of *text*; near ones first,
    and of those equally near the ones that begin with it.

    Args:
        text: What was typed.
        resource: Where to begin.
        sight: What the actor may see.
        kinds: Field kinds by name.
        one: Only along relations to one row, as for a column.
    """
    words = text.casefold().split()
    made: list[Found] = []
    for looked, found in enumerate(_all(resource, sight, kinds, one)):
        if looked > LOOKED_AT or len(made) >= MOST:
            break
        if all(word in f"{found.title} {found.path}".casefold() for word in words):
            made.append(found)
    return sorted(made, key=lambda found: _distance(found, " ".join(words)))


def _distance(found: Found, typed: str) -> tuple[int, bool]:
    """How far away a field is; among those equally far the ones that begin with what was typed come first."""
    *way, title = found.title.casefold().split(" › ")
    return len(way), not title.startswith(typed)


def _all(resource: Resource, sight: Sight, kinds: Callable[[str], FieldKind], one: bool) -> Iterator[Found]:
    """Yield every field, breadth first: our own, those one relation away, two, three."""
    ways: list[Way] = [((), (), resource, False)]
    for depth in range(DEEPEST + 1):
        for way in ways:
            yield from _here(way, sight, kinds, one)
        if depth < DEEPEST:
            ways = [onward for way in ways for onward in _onward(way, sight, one)]


def _here(way: Way, sight: Sight, kinds: Callable[[str], FieldKind], one: bool) -> Iterator[Found]:
    names, titles, resource, _ = way
    for field in resource.fields:
        if (
            field.secret
            or not sight.reads(resource.name, (field.name,))
            or (family(field.kind) in ("opaque", "bytes") and not one)
            or (not field.askable and (names or not one))
            or (field.encrypted and not field.blind and not one)
        ):
            continue
        kind = kinds(field.kind)
        glyph = "link" if field.relation else kind.glyph
        yield Found(join_path((*names, field.name)), " › ".join((*titles, field.title)), glyph, kind.title.lower())
    if one:
        return
    for relation in resource.relations:
        if relation.many and sight.follows(resource, relation):
            path = join_path((*names, relation.name))
            title = " › ".join((*titles, relation.title))
            yield Found(path, f"Any of {title}", "layers", "related rows")
            yield Found(path + COUNTED, f"Count of {title}", "sigma", "number")


def _onward(way: Way, sight: Sight, one: bool) -> Iterator[Way]:
    names, titles, resource, many = way
    for relation in resource.relations:
        if not sight.follows(resource, relation) or (relation.many and (one or many)):
            continue
        yield (*names, relation.name), (*titles, relation.title), sight.far(relation), many or relation.many
