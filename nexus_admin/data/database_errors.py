"""What a table's own rules said about values: unique, not null, foreign key, check, length, range, trigger.

Each engine words it in its own way; here it becomes a sentence at the field it is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import exc

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, NexusError, Refused
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import Unreadable

NEEDED = "Needs a value."
TOO_LONG = "Is too long for its column."
OUT_OF_RANGE = "Is out of the range of its column."
WRONG_FORM = "Is not a value that its column takes."

Columns = Callable[[str], list[str]]
"""Returns the columns of a constraint or index by its name; empty where it is not found."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried when the database said no.

    Args:
        resource: On which table; what whoever asked may not know of it is left out.
        values: Which values were written, by field; empty for a deletion.
        columns: Looks up a constraint's columns.
        unknown: Names of columns and tables that whoever asked may not know of.
        holders: Looks up the titles of the tables that hold the row, where the database does not name one; only
            such as whoever asked may know of.
    """

    resource: Resource
    values: Mapping[str, Any]
    columns: Columns
    unknown: frozenset[str] = frozenset()
    holders: Callable[[], list[str]] = list

    def invalid(self, names: list[str], sentence: str) -> Invalid:
        """Return *sentence* at the first of *names* that is a field, or for the whole row."""
        known = [name for name in names if name in self.resource.by_name]
        return Invalid({known[0] if known else "": sentence})

    def taken(self, names: list[str]) -> Invalid:
        """Return that the values of *names* belong to another row."""
        titles = [self.resource.by_name[name].title for name in names if name in self.resource.by_name]
        what = f"this combination of {' and '.join(titles)}" if len(titles) > 1 else "this value"
        return self.invalid(names, f"Another {self.resource.singular.lower()} has {what} already.")

    def absent(self, names: list[str]) -> Invalid:
        """Return that the row which *names* point to is not there."""
        far = next((one.to for one in self.resource.relations if [ours for ours, _ in one.pairs] == names), None)
        return self.invalid(names, f"There is no such row in {far}." if far else "The row it points to is not there.")

    def broken(self, rule: str, names: list[str]) -> Invalid:
        """Return that the table's *rule* does not hold."""
        mentioned = names or [name for name in self.values if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", rule)]
        if not mentioned:
            mentioned = [name for name in self.values if name.lower() in rule.lower()]
        secret = not self.unknown.isdisjoint(names) or any(one.lower() in rule.lower() for one in self.unknown)
        told = "a rule of the table" if secret else f"the table's rule {rule!r}"
        return self.invalid(mentioned if len(mentioned) == 1 else [], f"Breaks {told}.")

    def by_value(self, message: str) -> list[str]:
        """Return the fields whose value the message quotes."""
        return [
            name
            for name, value in self.values.items()
            if value is not None and not isinstance(value, Unreadable) and f'"{value}"' in message
        ]


def refusal(error: exc.DBAPIError, attempt: Attempt, dialect: str) -> NexusError | None:
    """Return what *error* says about the values; None where it is about something else."""
    explain = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}.get(dialect)
    return explain(error.orig, attempt) if explain is not None and error.orig is not None else None


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────

_PG_FORMS = {"22003": OUT_OF_RANGE} | dict.fromkeys(
    ("22P02", "22007", "22008", "22P04", "42804", "22021", "22P05"), WRONG_FORM
)
_PG_KEY = re.compile(r"Key \((.*?)\)=\(", re.DOTALL)


def _postgresql(error: Any, attempt: Attempt) -> NexusError | None:
    state, diag = getattr(error, "sqlstate", None) or "", getattr(error, "diag", None)
    if diag is None:
        return None
    detail, message = diag.message_detail or "", diag.message_primary or ""
    names = _pg_columns(detail, attempt) or (attempt.columns(diag.constraint_name) if diag.constraint_name else [])
    match state:
        case "23505":
            return attempt.taken(names)
        case "23502":
            return attempt.invalid([diag.column_name or ""], NEEDED)
        case "23503":
            if "still referenced" in detail or not attempt.values:
                return _still_used(attempt, diag.table_name)
            return attempt.absent(names)
        case "23514":
            return attempt.broken(diag.constraint_name or message, names)
        case "23P01":
            return attempt.invalid(names, "Overlaps with another row.")
        case "22001":
            return attempt.invalid(_longest(attempt, message), TOO_LONG)
    if state in _PG_FORMS:
        return attempt.invalid(attempt.by_value(message) or _only(attempt), _PG_FORMS[state])
    return Refused(_said(message)) if state.startswith("P0") else None


def _pg_columns(detail: str, attempt: Attempt) -> list[str]:
    match = _PG_KEY.search(detail)
    if not match:
        return []
    wanted = match[1].replace('"', "")
    resource = attempt.resource
    groups = [*resource.uniques, resource.key, *((name,) for name in resource.by_name)]
    for group in groups:
        if ", ".join(group).replace('"', "") == wanted:
            return list(group)
    return [name for name in resource.by_name if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", wanted)]


def _longest(attempt: Attempt, message: str) -> list[str]:
    found = re.search(r"\((\d+)\)", message)
    limit = int(found[1]) if found else 0
    long = [name for name, value in attempt.values.items() if isinstance(value, str) and len(value) > limit]
    fitting = [name for name in long if attempt.resource.field(name).max_length == limit]
    return fitting or long[:1]


def _only(attempt: Attempt) -> list[str]:
    return list(attempt.values) if len(attempt.values) == 1 else []


# ── MySQL and MariaDB ────────────────────────────────────────────────────────────────────────

_MY_FORMS = {
    **dict.fromkeys((1048, 1364), NEEDED), 1406: TOO_LONG, **dict.fromkeys((1264, 1690), OUT_OF_RANGE),
    **dict.fromkeys((1265, 1292, 1366, 1411, 1416, 3140), WRONG_FORM),
}  # fmt: skip
_COLUMN = re.compile(
    r"(?:column|Column|Field) (?:`[^`]*`\.`[^`]*`\.)?[`'](.+?)[`'](?: at row|$| cannot| doesn't| specified)"
)
_FOREIGN = re.compile(r"FOREIGN KEY \((.+?)\) REFERENCES")
_TABLE = re.compile(r"fails \(`[^`]*`\.`([^`]*)`")


def _mysql(error: Any, attempt: Attempt) -> NexusError | None:
    if len(error.args) < 2 or not isinstance(error.args[0], int):
        return None
    number, message = error.args[0], str(error.args[1])
    found = _COLUMN.search(message)
    column = [found[1]] if found else []
    if number in _MY_FORMS:
        return attempt.invalid(column or _only(attempt), _MY_FORMS[number])
    match number:
        case 1062 | 1586:
            key = message.rpartition("for key ")[2].strip("'` ").rpartition(".")[2]
            return attempt.taken(list(attempt.resource.key) if key == "PRIMARY" else attempt.columns(key))
        case 1452 | 1216:
            keys = _FOREIGN.search(message)
            return attempt.absent([part.strip("` ") for part in keys[1].split(",")] if keys else [])
        case 1451 | 1217:
            table = _TABLE.search(message)
            return _still_used(attempt, table[1] if table else None)
        case 4025 | 3819:
            rule = next(iter(re.findall(r"[`'](.+?)[`']", message)), message)
            return attempt.broken(rule.rpartition(".")[2], attempt.columns(rule))
        case 1644:
            return Refused(_said(message))
    return None


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────


def _sqlite(error: Any, attempt: Attempt) -> NexusError | None:
    name, message = getattr(error, "sqlite_errorname", ""), str(error)
    rest = message.partition(": ")[2]
    prefix = f"{attempt.resource.table}."
    columns = [part.removeprefix(prefix) for part in rest.split(", ") if part.startswith(prefix)]
    match name:
        case "SQLITE_CONSTRAINT_UNIQUE" | "SQLITE_CONSTRAINT_PRIMARYKEY" | "SQLITE_CONSTRAINT_ROWID":
            return attempt.taken(columns or attempt.columns(rest.removeprefix("index ").strip("'")))
        case "SQLITE_CONSTRAINT_NOTNULL":
            return attempt.invalid(columns, NEEDED)
        case "SQLITE_CONSTRAINT_CHECK":
            return attempt.broken(rest, [])
        case "SQLITE_CONSTRAINT_FOREIGNKEY":
            return attempt.absent(attempt.columns("")) if attempt.values else _still_used(attempt, None)
        case "SQLITE_CONSTRAINT_TRIGGER" if message == "FOREIGN KEY constraint failed":  # so it says `restrict`
            return _still_used(attempt, None)
        case "SQLITE_CONSTRAINT_TRIGGER":
            return Refused(_said(message))
        case "SQLITE_CONSTRAINT_DATATYPE" | "SQLITE_MISMATCH":
            column = message.rpartition(" column ")[2].removeprefix(prefix)
            return attempt.invalid([column] if column in attempt.resource.by_name else _only(attempt), WRONG_FORM)
        case "SQLITE_TOOBIG":
            return attempt.invalid(_only(attempt), TOO_LONG)
    return None


def _still_used(attempt: Attempt, by: str | None) -> Refused:
    resource = attempt.resource
    named = [by] if by and by != resource.table and by not in attempt.unknown else [] if by else attempt.holders()
    rows = f"rows of {' and '.join(named)}" if named else "other rows"
    return Refused(f"This {resource.singular.lower()} is still used by {rows}, so nothing was changed.")


def _said(message: str) -> str:
    """Return what a trigger said, as it stands, with a full stop."""
    text = message.strip()[:500]
    return text if text.endswith((".", "!", "?")) else f"{text}."
