"""Column types of ours: values come raw, as the driver gives them, and Python values bind right for the dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from nexus_admin.data.values.encode import binder
from nexus_admin.domain.resource import Field
from nexus_admin.language.dialects import bits_text


class Stored(UserDefinedType[Any]):
    """A column whose values come as the driver gives them; decoding is for `values/`."""

    cache_ok = True

    def __init__(self, kind: str, native: str, family: str, spelling: str = "") -> None:
        self.kind, self.native, self.family, self.spelling = kind, native, family, spelling

    def get_col_spec(self, **_: Any) -> str:
        """Return the native type; only casts ask for it."""
        return self.native or "TEXT"

    def bind_processor(self, dialect: Any) -> Callable[[Any], Any]:  # noqa: ARG002  (the type knows its own)
        """Return what turns Python values into the driver's; raw ones pass through."""
        return binder(Field("", "", self.kind, native=self.native, options={"spelling": self.spelling}), self.family)


class AsText(Stored):
    """A column of a type that is not ours: read by a cast to text, written and compared as text."""

    cache_ok = True

    def column_expression(self, column: Any) -> Any:
        """Wrap the column wherever it is selected."""
        return sa.cast(column, sa.Text) if self.family != "mysql" else sa.cast(column, sa.CHAR)


class BitText(Stored):
    """Bits of MySQL or MariaDB, as zeros and ones both ways."""

    cache_ok = True

    def column_expression(self, column: Any) -> Any:
        """Wrap the column wherever it is selected."""
        return bits_text(column, self.native)

    def bind_expression(self, bindparam: Any) -> Any:
        """Wrap a value wherever it is written."""
        from sqlalchemy.dialects import mysql  # no start of another database needs it

        return sa.cast(sa.func.conv(sa.type_coerce(bindparam, sa.String), 2, 10), mysql.BIGINT(unsigned=True))


class ShapeText(Stored):
    """A geometry of MySQL or MariaDB, as well-known text both ways."""

    cache_ok = True

    def column_expression(self, column: Any) -> Any:
        """Wrap the column wherever it is selected."""
        return sa.func.ST_AsText(column, type_=sa.Text)

    def bind_expression(self, bindparam: Any) -> Any:
        """Wrap a value wherever it is written or compared."""
        return sa.func.ST_GeomFromText(bindparam, type_=self)


def column_type(field: Field, dialect: str) -> Stored:
    """Choose the type of the column of *field*."""
    if dialect == "mysql" and field.kind == "geometry":
        return ShapeText(field.kind, field.native, dialect)
    if dialect == "mysql" and field.kind == "bits":
        return BitText(field.kind, field.native, dialect)
    if dialect == "postgresql" and field.native == "inet":  # cast to text, a host would gain a /32
        return Stored(field.kind, field.native, dialect)
    if field.as_text and dialect != "sqlite":
        return AsText(field.kind, field.native, dialect)
    return Stored(field.kind, field.native, dialect, field.options.get("spelling", ""))
