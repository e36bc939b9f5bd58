"""What a failing database of our own is called: one error, and whether anything was changed."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from nexus_admin.domain.errors import StateDown

_THE_CALLERS = (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError)
"""Errors about what was asked, not about the database; the caller knows better what they mean."""


def is_failure(error: BaseException) -> bool:
    """Whether *error* says that the database cannot be used, as opposed to refusing one statement."""
    if isinstance(error, sa.exc.DBAPIError):
        return error.connection_invalidated or not isinstance(error, _THE_CALLERS)
    return isinstance(error, (sa.exc.TimeoutError, sqlite3.Error))


def _reason(error: BaseException) -> str:
    original = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error
    return (str(original).strip().splitlines() or [type(original).__name__])[0].rstrip(".")


def write_failed(where: str, error: BaseException) -> StateDown:
    """Return the error for a write that was rolled back."""
    return StateDown(
        f"Nothing was changed. The state in {where} cannot be written: {_reason(error)}. "
        "Look at its disk and its server; Nexus goes on by itself as soon as it can write again."
    )


def commit_unclear(where: str, error: BaseException) -> StateDown:
    """Return the error for a connection that broke while a server was committing."""
    return StateDown(
        f"The state in {where} went away while it was saving: {_reason(error)}. "
        "It may have been saved or not; look before you try again."
    )


def read_failed(where: str, error: BaseException) -> StateDown:
    """Return the error for a read."""
    return StateDown(f"The state in {where} cannot be read: {_reason(error)}. Look at its disk and its server.")
