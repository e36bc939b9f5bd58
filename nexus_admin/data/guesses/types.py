"""Which kind of field each native type becomes, and which types we do not fully own.

A type that we do not own is read by a cast to text and never written unless somebody
changed it: reading it as itself fails on some values, or saving it changes them.
"""

from __future__ import annotations

import re

from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Typed:
    """What a native type becomes."""

    kind: str
    as_text: bool = False
    tucked: bool = False


def _all(names: str, kind: str, as_text: bool = False, tucked: bool = False) -> dict[str, Typed]:
    return dict.fromkeys(names.split(), Typed(kind, as_text, tucked))


TYPES: dict[str, Typed] = {
    **_all("int integer int2 int4 int8 smallint bigint mediumint tinyint serial bigserial oid number_int", "integer"),
    **_all("numeric decimal dec number float float4 float8 double real smallmoney", "decimal"),
    **_all("varchar char bpchar character set text tinytext name citext nvarchar nchar varchar2 string", "text"),
    **_all("mediumtext longtext clob nclob ntext", "long_text"),
    **_all("bool boolean", "boolean"),
    **_all("date", "date"),
    **_all("timestamp timestamptz datetime datetime2 smalldatetime datetimeoffset", "datetime"),
    **_all("time", "time"),
    **_all("year", "year"),
    **_all("uuid uniqueidentifier", "uuid"),
    **_all("json jsonb", "json"),
    **_all("bytea blob tinyblob mediumblob longblob binary varbinary image raw rowversion", "binary", tucked=True),
    **_all("interval", "duration", as_text=True),
    **_all("inet cidr macaddr macaddr8 inet4 inet6", "ip", as_text=True),
    **_all("geometry geography", "geometry", as_text=True, tucked=True),
    **_all("multipoint multilinestring multipolygon geometrycollection linestring", "geometry", True, True),
    **_all("point line lseg box path polygon circle", "geometry", as_text=True),
    **_all("vector halfvec sparsevec", "vector", as_text=True, tucked=True),
    **_all("bit varbit", "bits", as_text=True),
    **_all("tsvector tsquery", "unknown", as_text=True, tucked=True),
}
"""By bare type name in lower case."""

UNKNOWN = Typed("unknown", as_text=True)

OWNED_ELEMENTS = frozenset({"text", "integer", "decimal", "boolean", "uuid", "date", "datetime"})
"""Kinds whose arrays we read and write as lists; other arrays are shown as text."""

_NATIVE = re.compile(r"^\s*([^(]*?)\s*(?:\(([^()]*)\)\s*(.*))?$", re.DOTALL)

_SQLITE_WORDS: tuple[tuple[str, str], ...] = (
    ("bool", "boolean"),
    ("uuid", "uuid"),
    ("guid", "uuid"),
    ("json", "json"),
    ("datetime", "timestamp"),
    ("timestamp", "timestamp"),
    ("date", "date"),
    ("time", "time"),
    ("int", "integer"),
    ("char", "varchar"),
    ("clob", "text"),
    ("text", "text"),
    ("string", "text"),
    ("enum", "varchar"),
    ("blob", "blob"),
    ("binary", "blob"),
    ("image", "blob"),
    ("real", "float"),
    ("floa", "float"),
    ("doub", "float"),
    ("dec", "numeric"),
    ("numeric", "numeric"),
    ("number", "numeric"),
    ("money", "numeric"),
    ("currency", "numeric"),
    ("year", "integer"),
)


def typed(base: str, shape: str = "", element: str | None = None) -> Typed:
    """Return what a type becomes; one that we do not know is `unknown` and read as text."""
    if shape == "enum":
        return Typed("enum")
    if shape == "range":
        return Typed("range", as_text=True)
    if shape == "array":
        inner = TYPES.get(element or "", UNKNOWN)
        return Typed("array", as_text=inner.kind not in OWNED_ELEMENTS)
    return TYPES.get(base, UNKNOWN)


def element_kind(element: str | None) -> str:
    """Return the kind of an array's elements."""
    return TYPES.get(element or "", UNKNOWN).kind


def split_native(native: str) -> tuple[str, tuple[str, ...], str]:
    """Return (`varchar`, (`20`,), ``) for `VARCHAR(20)`: name in lower case, arguments, what follows."""
    match = _NATIVE.match(native)
    if not match:
        return native.strip().lower(), (), ""
    arguments = tuple(part.strip() for part in match[2].split(",")) if match[2] else ()
    return " ".join(match[1].lower().split()), arguments, (match[3] or "").strip().lower()


def numbers(arguments: tuple[str, ...]) -> tuple[int | None, int | None]:
    """Return the first two *arguments* as integers, None for what is none."""
    found = [int(part) if part.lstrip("-").isdigit() else None for part in arguments[:2]]
    return (*found, None, None)[0], (*found, None, None)[1]


def sqlite_base(declared: str) -> str:
    """Return the bare type of a type declared in SQLite, where any text goes; `` where none was given."""
    name, arguments, _ = split_native(declared)
    if not name:
        return ""
    if name == "tinyint" and arguments == ("1",):
        return "boolean"
    for word, base in _SQLITE_WORDS:
        if word in name and not (word == "int" and "point" in name):
            return base
    return name
