"""What a database's refusal means for people: down, too slow, busy, read-only, or simply no."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
    if trouble is not None:
        kind, sentence = _SENTENCES[trouble]
        return kind(sentence.format(name))
    if isinstance(error, exc.IntegrityError):
        return Refused(f"{name} refused the change, because it would break a rule of the table.")
    return SourceFailed(f"{name} refused the statement ({type(original).__name__}).")
