"""What a database's refusal means for people: down, too slow, busy, read-only, or simply no."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import exc

from nexus_admin.data.drivers.driver import Driver, Trouble
from nexus_admin.domain.errors import (
    Forbidden,
    NexusError,
    ReadOnly,
    Refused,
    SourceDown,
    SourceFailed,
    SourceTimeout,
)

_SENTENCES: dict[Trouble, tuple[type[NexusError], str]] = {
    "timeout": (SourceTimeout, "{0} took too long to answer, so the query was stopped. Narrow the filter."),
    "cancelled": (SourceTimeout, "The query to {0} was stopped, because it was no longer needed."),
    "down": (SourceDown, "{0} does not answer, or refuses the login. Try again in a moment."),
    "busy": (SourceDown, "{0} is busy: somebody else holds what is needed. Try again in a moment."),
    "deadlock": (
        SourceDown,
        "{0} stopped this because two changes waited for each other. Nothing was changed: try again.",
    ),
    "read only": (ReadOnly, "{0} takes no writes: it, or our login to it, is read-only."),
    "denied": (Forbidden, "The login that Nexus uses for {0} lacks the right to do this."),
    "drift": (SourceFailed, "{0} no longer has a table or column that was asked for. Read its structure again."),
    "unfilled": (SourceFailed, "{0} has never filled this materialized view. Refresh it in the database."),
    "disk full": (SourceDown, "{0} has no space left, so nothing was changed."),
}

_MEND: Final = "If it is a view, its definition needs mending in the database; everything else goes on."
_LONGEST: Final = 300
_READ: Final = 3_000  # of what was said, which may repeat a value of any length
_LITERAL = re.compile(r"'(?:[^']|'')*'?|\"(?:[^\"]|\"\")*\"?|`[^`]*`?")
_ADDRESS = re.compile(r"\w+://\S+|\b\w*(?:password|passwd|pwd|secret|token)\w*\s*[=:]\s*\S+", re.IGNORECASE)


@contextmanager
def translated(driver: Driver, name: str) -> Iterator[None]:
    """Turn errors of the database that happen inside into ours, in sentences about *name*."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise failure(error, driver, name) from error


def failure(error: exc.SQLAlchemyError, driver: Driver, name: str) -> NexusError:
    """Return what *error* means. What the database said is in it only where people need it."""
    if isinstance(error, exc.TimeoutError):
        return SourceDown(f"All connections to {name} are in use. Try again in a moment.")
    original = error.orig if isinstance(error, exc.DBAPIError) else None
    if original is None:
        return SourceFailed(f"{name} could not be asked ({type(error).__name__}).")
    trouble = driver.trouble(original)
    if trouble is None and isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        trouble = "down"
    said = _said(original)
    told = "" if _is_raised(original) else _quoted(said)
    if trouble is not None:
        kind, sentence = _SENTENCES[trouble]
        if trouble == "drift":
            return SourceFailed(f"{sentence.format(name)}{told}", said)
        return kind(sentence.format(name))
    if isinstance(error, exc.IntegrityError):
        return Refused(f"{name} refused the change, because it would break a rule of the table.")
    if not said:
        return SourceFailed(f"{name} refused the statement ({type(original).__name__}).")
    return SourceFailed(f"{name} could not answer this.{told} {_MEND}", said)


def _said(original: Any) -> str:
    """Return the first sentence of what the database said; never an address or a password."""
    diag = getattr(original, "diag", None)
    text = getattr(diag, "message_primary", None) or ""
    if not text and type(original).__module__.startswith("pymysql") and len(original.args) > 1:
        text = str(original.args[1])
    if not text and type(original).__module__ == "sqlite3":
        text = str(original)
    return _ADDRESS.sub("…", " ".join(text[:_READ].split()))[:_LONGEST]


def _is_raised(original: Any) -> bool:
    """Whether somebody's own function raised it: what such a sentence holds, nobody knows."""
    state = getattr(original, "sqlstate", None) or ""
    return state.startswith("P0") or bool(original.args and original.args[0] == 1644)


def _quoted(said: str) -> str:
    """Return what was said for anybody: what stands in quotes may be a value that is not for them."""
    plain = _LITERAL.sub("…", said).rstrip(".")
    return f" It says: {plain}." if plain else ""
