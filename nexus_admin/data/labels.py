"""How rows are called: by their title fields as far as the actor may read them, by their key otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nexus_admin.data import asking
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.keys import key_of
from nexus_admin.data.values.show import to_text
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.resource import Relation, Resource
from nexus_admin.domain.row import Masked, Row

LONGEST = 120
"""Characters of a title."""


def title_of(resource: Resource, row: Mapping[str, Any], key: str) -> str:
    """Return the title of a row: the values of its title fields that it shows, else its key."""
    texts = []
    for name in resource.title_fields:
        value = row.get(name)
        if value is not None and value != "" and not isinstance(value, Masked):
            texts.append(to_text(resource.field(name), value))
    return short(" ".join(texts)) or key


def short(text: str) -> str:
    """Return *text* on one line, cut where it is long."""
    if len(text) <= LONGEST and text.isprintable():
        return text.strip()  # a char(20) is filled up with blanks
    line = " ".join(text[: 4 * LONGEST].split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def titles_by(scope: Scope, relation: Relation, wanted: Iterable[tuple[Any, ...]]) -> Mapping[str, str] | None:
    """Return the titles of the far rows of a to-one relation, by what points to them as a key segment.

    Args:
        scope: Who reads.
        relation: To-one.
        wanted: Raw values of its columns, one tuple a row here.

    Returns:
        None where the actor may not list the far resource: then the bare key is all there is.
    """
    far = scope.resource(relation.to)
    if not scope.decision("row.list", far.name).allowed:
        return None
    keys = [one for one in wanted if None not in one]
    if not keys:
        return {}
    columns = tuple(theirs for _, theirs in relation.pairs)
    return _titles(scope, far, columns, keys)


def labels_of(scope: Scope, resource: Resource, rows: Sequence[Row]) -> Mapping[str, Mapping[str, str]]:
    """Return the titles of what decoded *rows* point to, by relation."""
    found: dict[str, Mapping[str, str]] = {}
    for relation in resource.relations:
        ours = [one for one, _ in relation.pairs]
        if relation.many or not ours:
            continue
        values = {tuple(row.get(one) for one in ours) for row in rows}
        readable = [one for one in values if not any(isinstance(part, Masked) for part in one)]
        known = titles_by(scope, relation, readable)
        if known is not None:
            found[relation.name] = known
    return found


def titles(scope: Scope, name: str, segments: Iterable[str]) -> dict[str, str]:
    """Return the titles of the rows with these keys, as far as they are there and may be listed."""
    resource = scope.resource(name)
    if not resource.key:
        raise BadRequest(f"The rows of {resource.title} have no key.")
    if not scope.decision("row.list", name).allowed:
        return {}
    keys = [tuple(values[one] for one in resource.key) for values in map(scope.maybe_key(name), segments) if values]
    return _titles(scope, resource, resource.key, keys)


def _titles(scope: Scope, far: Resource, columns: tuple[str, ...], keys: Sequence[tuple[Any, ...]]) -> dict[str, str]:
    decision = scope.decision("row.list", far.name)
    named = tuple(one for one in far.title_fields if decision.reads(one) and not far.field(one).secret)
    raws = asking.by_columns(scope, far, columns, keys, named)
    if not raws:
        return {}
    width = len(columns)
    segments = [str(raw[0]) if type(raw[0]) is int and width == 1 else key_of(raw[:width]) for raw in raws]
    if not named:
        return dict(zip(segments, segments, strict=True))
    given = list(zip(*raws, strict=True))[width:]
    texts = [_texts(scope, far, name, values) for name, values in zip(named, given, strict=True)]
    joined = texts[0] if len(texts) == 1 else [" ".join(filter(None, parts)) for parts in zip(*texts, strict=True)]
    return {segment: short(text) or segment for segment, text in zip(segments, joined, strict=True)}


def _texts(scope: Scope, resource: Resource, name: str, raws: Sequence[Any]) -> Sequence[str]:
    field = resource.field(name)
    values = scope.decoder(resource.name, name).column(raws)
    return [value if type(value) is str else to_text(field, value) for value in values]
