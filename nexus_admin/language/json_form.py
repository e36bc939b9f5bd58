"""The JSON form, in and out: what is stored and sent. Its shapes stand in `domain/expression.py`."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_VALUES,
    And,
    Comparison,
    Count,
    Expression,
    Not,
    Or,
    Quantified,
    Search,
    Variable,
)
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.language.names import join_path, split_path

_KEYS: Final[dict[str, frozenset[str]]] = {
    "and": frozenset({"and"}),
    "or": frozenset({"or"}),
    "not": frozenset({"not"}),
    "field": frozenset({"field", "op", "value"}),
    "any": frozenset({"any", "where"}),
    "none": frozenset({"none", "where"}),
    "all": frozenset({"all", "where"}),
    "count": frozenset({"count", "op", "value", "where"}),
    "search": frozenset({"search"}),
}


def from_json(obj: Any) -> Expression:
    """Read the JSON form.

    Args:
        obj: What `json.loads` gave.

    Raises:
        BadExpression: names the part that is wrong and its nearest neighbour, or the cap that was passed.
    """
    return _Reader().node(obj, 1)


def to_json(expr: Expression) -> Any:
    """Return what `json.dumps` takes; `from_json` reads it back as an equal tree."""
    return _WRITERS[type(expr)](expr)


class _Reader:
    """Reads one tree and counts its nodes."""

    def __init__(self) -> None:
        self._nodes = 0

    def node(self, obj: Any, depth: int) -> Expression:
        self._nodes += 1
        check_caps(self._nodes, depth)
        if not isinstance(obj, Mapping):
            raise BadExpression(f"A condition is a JSON object, not {str(obj)[:40]!r}.")
        name = next((key for key in _KEYS if key in obj), None)
        if name is None:
            given = ", ".join(map(repr, list(obj)[:5])) or "nothing"
            raise BadExpression(f"A condition holds one of {', '.join(_KEYS)}; this one holds {given}.")
        for key in obj:
            if key not in _KEYS[name]:
                raise BadExpression(
                    f"{name!r} does not go with {str(key)[:40]!r}.{did_you_mean(str(key), _KEYS[name])}"
                )
        return self._read(name, obj, depth)

    def _read(self, name: str, obj: Mapping[str, Any], depth: int) -> Expression:
        given = obj[name]
        match name:
            case "and" | "or":
                if not isinstance(given, (list, tuple)):
                    raise BadExpression(f"{name!r} takes a list of conditions, not {str(given)[:40]!r}.")
                items = tuple(self.node(one, depth + 1) for one in given)
                return And(items) if name == "and" else Or(items)
            case "not":
                return Not(self.node(given, depth + 1))
            case "search":
                return Search(_string(given, "search"))
            case "field":
                return Comparison(_path(given), _op(obj), _value(obj.get("value")))
            case "count":
                return Count(_path(given), _op(obj), _value(obj.get("value")), self._where(obj, depth))
            case "any":
                return Quantified("any", _path(given), self._where(obj, depth))
            case "none":
                return Quantified("none", _path(given), self._where(obj, depth))
        return Quantified("all", _path(given), self._where(obj, depth))

    def _where(self, obj: Mapping[str, Any], depth: int) -> Expression | None:
        where = obj.get("where")
        return None if where is None else self.node(where, depth + 1)


def check_caps(nodes: int, depth: int) -> None:
    """Refuse a tree with too many nodes or too deep a nesting.

    Raises:
        BadExpression: says which cap.
    """
    if nodes > MAX_NODES:
        raise BadExpression(f"A filter may have {MAX_NODES} conditions; this one has more.")
    if depth > MAX_DEPTH:
        raise BadExpression(f"A filter may be nested {MAX_DEPTH} deep; this one is deeper.")


def _string(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise BadExpression(f"{what!r} takes a text, not {str(value)[:40]!r}.")
    return value


def _path(value: Any) -> tuple[str, ...]:
    return split_path(_string(value, "field"))


def _op(obj: Mapping[str, Any]) -> str:
    if "op" not in obj:
        raise BadExpression("A comparison needs an operator in 'op', such as eq or contains.")
    return _string(obj["op"], "op")


def _value(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        if len(value) > MAX_VALUES:
            raise BadExpression(f"A list may have {MAX_VALUES:,} values; this one has {len(value):,}.")
        return tuple(map(_scalar, value))
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "var" not in value or not set(value) <= {"var", "offset"}:
            raise BadExpression('A value is a JSON scalar, a list of them, or {"var": …}.')
        offset = value.get("offset")
        return Variable(_string(value["var"], "var"), None if offset is None else _string(offset, "offset"))
    if isinstance(value, float) and not math.isfinite(value):
        raise BadExpression("A number must be finite.")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise BadExpression(f"A value is a JSON scalar, not {str(value)[:40]!r}.")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Variable):
        return {"var": value.name} if value.offset is None else {"var": value.name, "offset": value.offset}
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, (Decimal, UUID)) else value


def _write_comparison(expr: Comparison) -> Any:
    written = {"field": join_path(expr.path), "op": expr.op}
    return written if expr.value is None else {**written, "value": _plain(expr.value)}


def _write_where(written: dict[str, Any], where: Expression | None) -> dict[str, Any]:
    return written if where is None else {**written, "where": to_json(where)}


def _write_count(expr: Count) -> Any:
    return _write_where({"count": join_path(expr.path), "op": expr.op, "value": _plain(expr.value)}, expr.where)


_WRITERS: Final[dict[type, Callable[[Any], Any]]] = {
    And: lambda expr: {"and": [to_json(one) for one in expr.items]},
    Or: lambda expr: {"or": [to_json(one) for one in expr.items]},
    Not: lambda expr: {"not": to_json(expr.item)},
    Search: lambda expr: {"search": expr.text},
    Comparison: _write_comparison,
    Count: _write_count,
    Quantified: lambda expr: _write_where({expr.quantifier: join_path(expr.path)}, expr.where),
}
