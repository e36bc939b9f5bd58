"""What stands behind a field's colon: a sign and values, read and printed."""

from __future__ import annotations

import re
from typing import Any, Final

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import MAX_VALUES, Variable
from nexus_admin.domain.kinds import PERIODS, UNITS, family
from nexus_admin.domain.resource import Field
from nexus_admin.language.moments import read_offset, read_span, unit_of
from nexus_admin.language.names import join_path, split_path
from nexus_admin.language.scanner import BARE, Scanner, quote

SIGNS: Final = {">": "gt", ">=": "ge", "<": "lt", "<=": "le", "=": "eq",
                "~": "contains", "^": "starts_with", "$": "ends_with", "&": "has_all"}  # fmt: skip
_SPELLED: Final = {op: sign for sign, op in SIGNS.items()}
_NEGATED: Final = {"eq": "ne", "in": "not_in", "contains": "not_contains", "is_null": "not_null",
                   "is_empty": "not_empty"}  # fmt: skip
_TURNED: Final = {theirs: ours for ours, theirs in _NEGATED.items()}
_KEYWORDS: Final = {"null": "is_null", "empty": "is_empty"}

_WHEN = re.compile(r"(last|next)-(\d{1,6})-([a-z]+)", re.ASCII | re.IGNORECASE)
_VARIABLE = re.compile(r"@(\w+)((?:\.(?:[^\W\d]\w*|`(?:[^`]|``)*`))*)(?:([+-])(\d{1,6})([a-z]+))?")
_SHORT: Final = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks", "mo": "months", "y": "years"}
_SHORTENED: Final = {unit: short for short, unit in _SHORT.items()}


def read_operand(scan: Scanner, field: Field) -> tuple[str, Any]:
    """Read what *field* is compared with, and how.

    Returns:
        An operator's name and its value; neither is checked against the field's kind yet.

    Raises:
        BadExpression: says what is missing, and where.
    """
    start = scan.at
    negative = scan.take("!")
    sign = scan.sign()
    op, value = _signed(scan, sign) if sign else _plain(scan, field)
    if not negative:
        return op, value
    if op not in _NEGATED:
        raise scan.wrong("'!' goes with a value, a list, '~', null and empty; say 'not' before the condition", start)
    return _NEGATED[op], value


def _signed(scan: Scanner, sign: str) -> tuple[str, Any]:
    op = SIGNS[sign]
    if op == "has_all":
        if scan.here == "(":
            return op, _list(scan)
        return op, (_atom(scan)[0],)
    return op, _atom(scan)[0]


def _plain(scan: Scanner, field: Field) -> tuple[str, Any]:
    array = family(field.kind) == "array"
    many, one = ("has_any", "has") if array else ("in", "eq")
    if scan.here == "(":
        return many, _list(scan)
    value, bare = _atom(scan)
    if scan.take(".."):
        return "between", (value, _atom(scan)[0])
    if scan.here == ",":
        values = [value]
        while scan.take(","):
            values.append(_atom(scan)[0])
        return many, tuple(values)
    if bare and value.casefold() in _KEYWORDS:
        return _KEYWORDS[value.casefold()], None
    if bare and family(field.kind) in ("date", "datetime"):
        return _when(value) or (one, value)
    return one, value


def _when(word: str) -> tuple[str, Any] | None:
    """Return what `last-30-days` or `this-quarter` means."""
    match = _WHEN.fullmatch(word)
    if match:
        return f"in_{match[1].lower()}", f"{int(match[2])} {unit_of(match[3].lower())}"
    period = word.casefold().replace("-", "_")
    return ("in_period", period) if period in PERIODS else None


def _list(scan: Scanner) -> Any:
    opened = scan.at
    scan.take("(")
    scan.skip()
    values: list[Any] = []
    if scan.take(")"):
        return ()
    while True:
        values.append(_atom(scan)[0])
        scan.skip()
        if scan.take(")"):
            break
        if not scan.take(","):
            raise scan.wrong("A list is written (a, b)", opened)
        scan.skip()
    if len(values) > MAX_VALUES:
        raise BadExpression(f"A list may have {MAX_VALUES:,} values; this one has {len(values):,}.")
    return tuple(values)


def _atom(scan: Scanner) -> tuple[Any, bool]:
    """Read one value; also return whether it is a bare word."""
    text = scan.quoted()
    if text is not None:
        return text, False
    if scan.here == "@":
        return _variable(scan), False
    bare = scan.match(BARE)
    if bare is None:
        raise scan.wrong("A value is missing")
    return bare, True


def _variable(scan: Scanner) -> Variable:
    start = scan.at
    match = _VARIABLE.match(scan.text, scan.at)
    if not match:
        raise scan.wrong("A variable looks like @me, @me.region or @now-7d")
    scan.at = match.end()
    name = ".".join((match[1], *split_path(match[2][1:]))) if match[2] else match[1]
    if not match[3]:
        return Variable(name)
    unit = _SHORT.get(match[5])
    if unit is None:
        raise scan.wrong(f"{match[5]!r} is no unit; there are {', '.join(_SHORT)}", start)
    return Variable(name, f"{match[3]}{int(match[4])} {unit}")


def print_operand(field: Field, op: str, value: Any) -> str:
    """Return what stands behind the colon for *op* and its normal *value*."""
    if op in _TURNED:
        return "!" + print_operand(field, _TURNED[op], value)
    when = family(field.kind) in ("date", "datetime")
    match op:
        case "is_null":
            return "null"
        case "is_empty":
            return "empty"
        case "in_period":
            return str(value).replace("_", "-")
        case "in_last" | "in_next":
            span = read_span(value)
            return f"{op.removeprefix('in_')}-{span.number}-{span.unit}"
        case "between":
            return "..".join(_print(one, when) for one in value)
        case "in" | "has_any" | "has_all":
            listed = f"({', '.join(_print(one, when) for one in value)})"
            return "&" + listed if op == "has_all" else listed
        case "eq" | "has":
            return _print(value, when)
    return _SPELLED[op] + _print(value, when)


def _print(value: Any, when: bool) -> str:
    if isinstance(value, Variable):
        return _print_variable(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    safe = (
        BARE.fullmatch(value)
        and value[0] not in "!><=~^$&@."
        and value[-1] != "."
        and value.casefold() not in _KEYWORDS
        and not (when and _when_word(value))
    )
    return value if safe else quote(value)


def _when_word(value: str) -> bool:
    return bool(_WHEN.fullmatch(value)) or value.casefold().replace("-", "_") in PERIODS


def _print_variable(variable: Variable) -> str:
    first, dot, rest = variable.name.partition(".")
    text = f"@{first}" + (f".{join_path((rest,))}" if dot else "")
    if variable.offset is None:
        return text
    offset = read_offset(variable.offset)
    return f"{text}{offset.number:+}{_SHORTENED[offset.unit]}"


assert set(_SHORTENED) == set(UNITS)
