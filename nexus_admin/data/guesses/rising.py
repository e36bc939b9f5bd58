"""Which column rises with every change of a row, by its name: what polling asks for."""

from __future__ import annotations

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.resource import Field, Resource

CHANGED = (
    "updatedat", "updatedon", "updated", "modifiedat", "modifiedon", "modified", "lastupdate", "lastupdated",
    "lastupdatedat", "lastmodified", "lastmodifiedat", "changedat", "changedon", "dateupdated", "datemodified",
    "modifieddate", "updateddate", "updatetime", "mtime", "rowversion",
)  # fmt: skip
MADE = (
    "createdat", "createdon", "created", "insertedat", "datecreated", "createddate", "createdate", "createtime",
    "ctime",
)  # fmt: skip
RISING = frozenset({"datetime", "integer", "binary"})
"""Kinds that a guess trusts: moments, numbers of a whole table, SQL Server's rowversion."""


@dataclass(frozen=True, slots=True)
class Rising:
    """What tells that a row changed.

    Args:
        column: The higher, the later the row was written.
        made: The column that says when it was made, in the same way; "" where there is none.
    """

    column: str
    made: str = ""


def rising(resource: Resource, declared: str = "") -> Rising | None:
    """Return what tells of changes of *resource*; None where nothing can, as in a table without a key.

    Args:
        declared: The column that somebody named; it is taken whatever it is called.

    Raises:
        UnknownField: there is no such column.
        Refused: rows cannot be ordered by it.
    """
    if not resource.key:
        return None
    if declared:
        if not _usable(resource.field(declared)):
            raise Refused(
                f"{resource.title} cannot be ordered by {declared}. Name a column that rises with each change."
            )
        column = declared
    else:
        column = next((one.name for name in CHANGED for one in resource.fields if _is(one, name)), "")
    if not column:
        return None
    made = next((one.name for name in MADE for one in resource.fields if _is(one, name)), "")
    return Rising(column, made)


def _is(field: Field, name: str) -> bool:
    plain = field.name.lower().replace("_", "").replace("-", "").replace(" ", "")
    return plain == name and field.kind in RISING and _usable(field)


def _usable(field: Field) -> bool:
    return field.askable and not (field.secret or field.encrypted or field.computed)
