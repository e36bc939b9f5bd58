"""What engines do not agree about: how texts are compared, and which type a value is bound as.

Everywhere here a text is equal to itself alone, comes before another by its code points, and contains another
whatever the case. Servers fold the case of every letter, SQLite that of ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field

Condition = sa.ColumnElement[bool]
Column = sa.ColumnElement[Any]

_PLAIN_TEXT: Final = ("text", "varchar", "character varying", "char", "character", "bpchar")
ESCAPE: Final = "/"
_WILD: Final = str.maketrans({"/": "//", "%": "/%", "_": "/_"})
_WILD_MSSQL: Final = str.maketrans({"/": "//", "%": "/%", "_": "/_", "[": "/["})
_AROUND: Final = {"contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}"}


def plain_dialect(name: str) -> str:
    """Return the name under which *name* behaves here; MariaDB is MySQL to us."""
    return "mysql" if name == "mariadb" else name


def is_textual(field: Field) -> bool:
    """Whether the values of *field* are texts, which engines compare in their own ways."""
    return family(field.kind) == "text" or field.kind == "enum"


def _utf8(column: Column) -> Column:
    from sqlalchemy.dialects import mysql  # here and below: no start of another database needs it

    return sa.cast(column, mysql.CHAR(charset="utf8mb4"))


def exact(column: Column, dialect: str) -> Column:
    """Return the text *column* so that it is compared and ordered by code points."""
    if dialect == "sqlite":
        return sa.collate(column, "BINARY")
    if dialect == "postgresql":
        return sa.collate(sa.cast(column, sa.Text), "C")
    if dialect == "mysql":
        return sa.cast(_utf8(column), sa.BINARY())
    return column


def same_group(column: Column, dialect: str) -> Column:
    """Return the text *column* so that grouping and counting take no two texts for one; see `readable`."""
    if dialect == "sqlite":
        return sa.type_coerce(sa.collate(column, "BINARY"), column.type)
    return exact(column, dialect) if dialect == "mysql" else column


def ordered(field: Field, column: Column, dialect: str) -> Column:
    """Return *column* so that its order, its comparisons and the values that are read of it agree.

    A list that goes on after a value needs all three to say the same. Of a float with single precision a driver
    reads 0.1, which the column itself is not equal to; and MySQL sorts an ENUM by the places of its values but
    compares it by their letters.
    """
    native = field.native.lower()
    if dialect == "postgresql" and native.startswith(("real", "float4")):
        return sa.cast(column, sa.Double())
    if dialect == "mysql" and native.startswith("bit"):
        return bits_text(column, native) if field.kind == "bits" else sa.type_coerce(column, sa.Integer) + _ZERO
    if dialect == "mysql" and native.startswith(("enum", "set")):
        return sa.cast(column, sa.CHAR())
    if dialect == "mysql" and native.startswith("float"):
        return sa.type_coerce(column, sa.Double()) + sa.literal_column("0E0")
    return column


_ZERO: Column = sa.literal_column("0")


def bits_text(column: Column, native: str) -> Column:
    """Return the bits of a column of MySQL as text, e.g. `00001010`."""
    width = re.search(r"\d+", native)
    digits: Column = sa.literal_column(width[0] if width else "1")
    plain: Column = sa.func.bin(sa.type_coerce(column, sa.Integer) + _ZERO)
    return sa.type_coerce(sa.func.lpad(plain, digits, sa.literal_column("'0'")), sa.String())


def readable(column: Column, dialect: str) -> Column:
    """Return as text again what `same_group` made."""
    return _utf8(column) if dialect == "mysql" else column


def same_text(field: Field, column: Column, test: Callable[[Column], Condition], dialect: str) -> Condition:
    """Return that the text *column* passes *test* exactly, in a way that an index of the column still serves.

    A column of SQLite or MySQL may have a collation that takes `a` for `A`: the first test follows its
    index, the second one is exact.
    """
    if dialect in ("sqlite", "mysql") or (dialect == "postgresql" and field.native.lower() == "citext"):
        return sa.and_(test(column), test(exact(column, dialect)))
    return test(column)


def folded_like(field: Field, column: Column, pattern: sa.BindParameter[Any], dialect: str) -> Condition:
    """Return that the text of *column* is like *pattern*, whatever the case."""
    textual = family(field.kind) == "text"
    if dialect == "sqlite":
        return (column if textual else sa.cast(column, sa.Text)).like(pattern, escape=ESCAPE)
    if dialect == "postgresql":
        plain = textual and field.native.lower().partition("(")[0].strip() in _PLAIN_TEXT
        if field.native == "inet":  # a cast to text would add /32 to a host
            return sa.func.abbrev(column, type_=sa.Text).ilike(pattern, escape=ESCAPE)
        return (column if plain else sa.cast(column, sa.Text)).ilike(pattern, escape=ESCAPE)
    if dialect == "mysql":
        shown = bits_text(column, field.native) if field.kind == "bits" else column
        folded = sa.collate(sa.func.lower(_utf8(shown)), "utf8mb4_bin")
        return folded.like(sa.func.lower(pattern), escape=ESCAPE)
    return sa.func.lower(sa.cast(column, sa.String)).like(sa.func.lower(pattern), escape=ESCAPE)


def compared(field: Field, column: Column, dialect: str) -> Column:
    """Return *column* so that it is equal to the value that people read of it.

    A float with single precision shows 0.1 and is not equal to it; what is only shown is compared as its text.
    """
    native = field.native.lower()
    if dialect == "mysql" and field.kind == "bits":
        return bits_text(column, native)
    if family(field.kind) == "shown":
        return _utf8(column) if dialect == "mysql" else sa.cast(column, sa.Text)
    if dialect == "postgresql" and native.startswith(("real", "float4")):
        return sa.cast(sa.cast(column, sa.Text), sa.Double())
    if dialect == "mysql" and native.startswith("float"):
        return sa.type_coerce(_utf8(column), sa.Double()) + sa.literal_column("0E0")
    return column


class Pattern(sa.types.TypeDecorator[str]):
    """A text that is bound as the pattern of LIKE, its own signs escaped."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, op: str) -> None:
        super().__init__()
        self.op = op

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        """Return the pattern."""
        return _AROUND[self.op].format(str(value).translate(_WILD_MSSQL if dialect.name == "mssql" else _WILD))


def bind_type(column: Column, dialect: str) -> Any:
    """Return the type to bind a value as that is compared with *column*.

    PostgreSQL gets a cast to it, which must neither cut the value nor fail: so integers go as the widest.
    """
    if dialect == "postgresql" and isinstance(column.type, sa.Integer):
        return sa.BigInteger()
    return column.type


def empty(field: Field, column: Column, dialect: str) -> Condition:
    """Return that the text or array in *column* has no letter or member."""
    if family(field.kind) == "array":
        names = {"postgresql": "cardinality", "mysql": "json_length"}
        length: Column = getattr(sa.func, names.get(dialect, "json_array_length"))(column)
        return length == 0
    if dialect == "mysql":  # which takes a blank for nothing
        return sa.func.char_length(column) == 0
    return column == sa.literal_column("''")
