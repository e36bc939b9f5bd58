"""Columns as fields: the type, what the checks allow, then what name and values suggest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nexus_admin.data.catalog import FoundColumn, FoundTable, Sample
from nexus_admin.data.guesses.checks import Allowed, allowed, both
from nexus_admin.data.guesses.choices import choices_of
from nexus_admin.data.guesses.kinds import Asked, Guess, guess_kind
from nexus_admin.data.guesses.patterns import MIDNIGHT, mostly
from nexus_admin.data.guesses.roles import role_of
from nexus_admin.data.guesses.secrets import secret_because
from nexus_admin.data.guesses.storage import stored
from nexus_admin.data.guesses.types import Typed, element_kind, typed
from nexus_admin.data.guesses.words import humanise, parts, snake
from nexus_admin.data.values.spelling import spelling_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Field

_CHOOSABLE = ("text", "long_text")


@dataclass(frozen=True, slots=True)
class Around:
    """What a column is judged with: its table, the table's key and checks, some rows.

    Args:
        dialect: Of the database.
        table: Where the column is.
        key: The key's columns.
        linked: Columns that lead to other tables.
        checks: What the table's checks allow, by column.
        sample: Some rows; empty where none were looked at.
        alone: Columns that are unique by themselves.
        beside: The names of all columns of the table.
    """

    dialect: str
    table: FoundTable
    key: tuple[str, ...]
    linked: frozenset[str]
    checks: Mapping[str, Allowed]
    sample: Sample
    alone: frozenset[str]
    beside: tuple[str, ...]


def checks_of(table: FoundTable) -> dict[str, Allowed]:
    """Return what the table's checks allow, by column as the table spells it."""
    spelled = {column.name.casefold(): column.name for column in table.columns}
    found: dict[str, Allowed] = {}
    for check in table.checks:
        for column, more in allowed(check).items():
            name = spelled.get(column.casefold())
            if name is not None:
                found[name] = both(found[name], more) if name in found else more
    return found


def field_of(column: FoundColumn, around: Around) -> Field:
    """Return the field that a column becomes."""
    values = around.sample.present(column.name)
    own = stored(column, values) if around.dialect == "sqlite" else None
    sort = own.typed if own else typed(column.base, column.shape, column.element)
    limits = _limits(column, around)
    sort = Typed("json") if limits.json and sort.kind in _CHOOSABLE else sort
    secret = secret_because(column.name, sort.kind, values, around.table.name)
    guess, choices, open_choices = (None, None, False) if secret else _kind(column, sort, limits, values, around)
    kind = guess.kind if guess else sort.kind
    why = _why_read_only(column)
    beside = _currency_beside(column.name, kind, around.table)
    because = secret or (guess.because if guess else own.because if own else None)
    return Field(
        name=column.name,
        title=humanise(column.name),
        kind=kind,
        native=column.native,
        required=_is_required(column, around.key),
        nullable=column.nullable,
        default=column.default,
        generated=column.generated,
        key=column.name in around.key,
        unique=column.name in around.alone,
        writable=why is None,
        why_read_only=why,
        secret=secret is not None,
        choices=choices,
        open_choices=open_choices,
        max_length=_least(column.length, limits.max_length) if kind not in ("integer", "decimal") else None,
        precision=column.precision,
        scale=column.scale,
        minimum=limits.minimum or _above(limits.above, kind, 1),
        maximum=limits.maximum or _above(limits.below, kind, -1),
        unit=_unit(column, guess, beside, around.sample),
        as_text=sort.as_text,
        tucked=sort.tucked or secret is not None,
        comment=column.comment,
        options=_options(column, kind, because, beside, values, around),
    )


def _options(
    column: FoundColumn, kind: str, because: str | None, beside: str | None, values: tuple[Any, ...], around: Around
) -> dict[str, Any]:
    said = {
        "because": because,
        "base": column.domain,
        "role": role_of(column.name, kind),
        "currency_field": beside,
        "spelling": _spelling(column, kind, around),
        "whole_days": kind == "datetime" and _whole_days(values),
    }
    return {name: value for name, value in said.items() if value}


def _is_required(column: FoundColumn, key: tuple[str, ...]) -> bool:
    """Whether a new row needs a value from us; SQLite lets keys be NULL, but such rows cannot be told apart."""
    given = column.default is not None or column.generated or _is_filled(column)
    return (not column.nullable or column.name in key) and not given


def _limits(column: FoundColumn, around: Around) -> Allowed:
    limits = around.checks.get(column.name, Allowed())
    for check in column.checks:
        limits = both(limits, allowed(check).get("value", Allowed()))
    return limits


def _kind(
    column: FoundColumn, sort: Typed, limits: Allowed, values: tuple[Any, ...], around: Around
) -> tuple[Guess | None, tuple[str, ...] | None, bool]:
    """Return the guessed kind, the choices, and whether others than these are allowed."""
    if column.choices is not None:
        return None, column.choices, False
    if limits.choices and sort.kind in _CHOOSABLE:
        return Guess("enum", "A check lists its values."), limits.choices, False
    if limits.choices and set(limits.choices) == {"0", "1"} and around.dialect in ("sqlite", "mysql"):
        return Guess("boolean", "A check allows 0 and 1 only."), None, False
    if column.name in around.linked or column.shape or sort.as_text:
        return None, limits.choices, False
    asked = Asked(
        column.name,
        sort.kind,
        values,
        column.base,
        _least(column.length, limits.max_length),
        around.dialect,
        column.scale,
    )
    if column.name in around.key and sort.kind in ("integer", "decimal"):
        return None, limits.choices, False
    guess = guess_kind(asked)
    plain = guess.kind if guess else sort.kind
    if plain in _CHOOSABLE and column.name not in around.alone | set(around.key):
        seen = choices_of(column.name, around.sample, around.beside)
        if seen:
            return Guess("enum", f"Only {len(seen)} different values were seen."), seen, True
    return guess, limits.choices, False


def _spelling(column: FoundColumn, kind: str, around: Around) -> str | None:
    """Return how the texts of a column of dates are written; only SQLite has such."""
    if around.dialect != "sqlite" or kind not in ("date", "datetime"):
        return None
    sample = around.sample
    return spelling_of((*sample.present(column.name), *sample.spelled.get(column.name, ())))


def _whole_days(values: tuple[Any, ...]) -> bool:
    """Whether moments without a zone stand for days: each that was looked at is a midnight."""
    return len(values) >= 3 and mostly(map(str, values), MIDNIGHT, 1.0)


def _why_read_only(column: FoundColumn) -> str | None:
    if column.generated:
        return "The database computes it."
    if column.identity == "always":
        return "The database numbers the rows itself."
    if _is_filled(column):
        return "The database fills it, to be searched in."
    return None


def _is_filled(column: FoundColumn) -> bool:
    """Whether a trigger must be there that fills it: what is searched in is needed, and nobody types it."""
    return column.base == "tsvector" and not column.nullable and column.default is None and not column.generated


def _least(one: int | None, other: int | None) -> int | None:
    return min((value for value in (one, other) if value is not None and value > 0), default=None)


def _above(bound: str | None, kind: str, step: int) -> str | None:
    """Turn `> 0` into at least 1 for whole numbers; for others the bound itself, which the database still refuses."""
    if bound is None:
        return None
    whole = kind in ("integer", "year") and bound.lstrip("-").isdigit()
    return str(int(bound) + step) if whole else bound


def _currency_beside(name: str, kind: str, table: FoundTable) -> str | None:
    """Return the column that holds the currency of an amount: `amount_currency` for `amount`, else `currency`."""
    if kind != "money":
        return None
    columns = {snake(column.name): column.name for column in table.columns}
    stem = parts(name)
    for wanted in (f"{'_'.join(stem)}_currency", f"{'_'.join(stem[:-1])}_currency", "currency", "currency_code"):
        if wanted in columns and columns[wanted] != name:
            return columns[wanted]
    return None


def _unit(column: FoundColumn, guess: Guess | None, beside: str | None, sample: Sample) -> str | None:
    if column.shape == "array":
        return element_kind(column.element)
    if guess is not None and guess.unit:
        return guess.unit
    codes = {value for value in sample.present(beside) if isinstance(value, str)} if beside else set()
    (code,) = codes if len(codes) == 1 else (None,)
    return code if code and len(code) == 3 and code.isalpha() else None
