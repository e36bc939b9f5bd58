"""Columns of a connected database that are encrypted at rest: which can be, what it costs, and what can still be asked.

A value is sealed with AES-256-GCM under our vault and stands in the column as text: `nxe1.<key id>.<base64>`. Who reads
the database past Nexus sees that text and nothing else. A second column may hold a blind index: a keyed hash by which a
whole value is found again, and nothing else is.
"""

from __future__ import annotations

import re

from nexus_admin.domain.address import segment
from nexus_admin.domain.kinds import family, operators
from nexus_admin.domain.resource import Field, Resource

MARK = "nxe1."
"""What every encrypted value begins with."""
INDEX_WIDTH = 32
"""Characters of a value of a blind index."""
LEAST_ROOM = 16
"""Bytes that a column must hold encrypted, to be worth it."""
COSTS = (
    "It can no longer be sorted by, searched, grouped or filtered by a part of it; with an index column it is found by "
    "its whole value. It does not name rows. Other programs that read this database see unreadable text, and what they "
    "write stays in the clear. How long a value is can still be seen. Without the master key nothing opens it: keep a "
    "copy of the key."
)
_HEAD = len(MARK) + 8 + 1
_SEAL = 12 + 16
_TEXT = re.compile(r"(char|clob|text|string)", re.IGNORECASE)
_WIDTH = re.compile(r"\((\d+)\)")
_WHOLE = ("eq", "ne", "in", "not_in")
_NULLS = ("is_null", "not_null")


def operators_of(field: Field) -> tuple[str, ...]:
    """Return the operators that *field* has: of an encrypted one, the whole value where an index finds it."""
    if not field.encrypted:
        return operators(field.kind)
    return (*_WHOLE, *_NULLS) if field.blind else _NULLS


def no_way(field: Field, op: str) -> str:
    """Return the sentence that an encrypted field cannot be filtered by *op*."""
    if field.blind:
        return f"{field.name} is encrypted: only its whole value can be asked for, not {op}."
    return (
        f"{field.name} is encrypted and no column holds an index of it, so it cannot be filtered by its value. "
        "Name one under 'searchable' of the field."
    )


def room(width: int | None) -> int | None:
    """Return how many bytes of text fit encrypted into a column of *width* characters; None for any number."""
    return None if width is None else max(0, (width - _HEAD) // 4 * 3 - _SEAL)


def index_of(field: str, searchable: str | bool | None) -> str | None:
    """Return the column that `searchable` names: `true` stands for `<field>_bidx`."""
    return f"{field}_bidx" if searchable is True else searchable or None


def place_of(resource: Resource, field: Field) -> str:
    """Return what the values of *field* are sealed for: its table and column, whatever the source is called."""
    return "/".join(segment(part) for part in (resource.schema, resource.table, field.name) if part)


def unfit(resource: Resource, field: Field, index: str | None = None) -> str:
    """Return why *field* cannot be encrypted, or not be found by the column *index*; empty where it can."""
    return _unfit_field(resource, field) or (_unfit_index(resource, field, index) if index else "")


def _unfit_field(resource: Resource, field: Field) -> str:
    tied = {ours for relation in resource.relations for ours, _ in relation.pairs}
    if resource.type == "view" or not resource.key:
        return f"{resource.title} is a view or has no key, so its rows cannot be encrypted one by one."
    if field.key or field.name in tied or field.relation:
        return f"{field.title} ties rows together, and encrypted they would come apart."
    if field.generated:
        return f"The database computes {field.title}."
    if field.unique or any(field.name in one for one in resource.uniques):
        return f"The database keeps {field.title} unique, and the same value is encrypted otherwise each time."
    if not _textual(field) or (family(field.kind) != "text" and not (field.kind == "enum" and field.open_choices)):
        return f"{field.title} ({field.native or field.kind}) is no column of plain text."
    fits = room(_width(field))
    if fits is not None and fits < LEAST_ROOM:
        return (
            f"{field.title} holds {_width(field)} characters; encrypted, only {fits} bytes of text fit. Widen it first."
        )
    return ""


def _unfit_index(resource: Resource, field: Field, index: str) -> str:
    column = resource.by_name.get(index)
    if column is None or index == field.name:
        return f"{resource.name} has no other column called {index!r} that could hold the index of {field.name}."
    width = _width(column)
    if not _textual(column) or column.key or column.generated or column.relation or not column.nullable:
        return (
            f"{index} cannot hold the index of {field.name}: a column of text that takes NULL, and no key, is needed."
        )
    if width is not None and width < INDEX_WIDTH:
        return f"{index} holds {width} characters; the index of {field.name} needs {INDEX_WIDTH}."
    return ""


def _textual(field: Field) -> bool:
    return bool(_TEXT.search(field.native)) and not field.as_text


def _width(field: Field) -> int | None:
    found = _WIDTH.search(field.native)
    return field.max_length or (int(found[1]) if found else None)
