"""A state in SQLite, copied while it is used, and put back from such a copy."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from nexus_admin.domain.errors import NotFound, Refused, SettingError, StateDown
from nexus_admin.state.sqlite import FileLock

_BESIDE = ("", "-wal", "-shm")


def state_file(where: str) -> Path:
    """Return the file of the state *where*.

    Raises:
        Refused: it is in a server, which has tools of its own.
    """
    if "://" not in where:
        return Path(where).expanduser().absolute()
    url = sa.make_url(where)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise Refused(
            "The state is in PostgreSQL. Copy it with pg_dump --format=custom and put it back with pg_restore; the key "
            "is in NEXUS_SECRET_KEY."
        )
    return Path(url.database).expanduser().absolute()


def back_up(state: Path, to: Path) -> int:
    """Write what *state* holds at this moment into the new file *to*, for its owner's eyes; return its bytes.

    A server may go on working meanwhile: what it writes after the beginning is not in the copy.

    Raises:
        NotFound: there is no state.
        Refused: there is a file of that name, or it cannot be written.
        StateDown: the copy is not whole.
    """
    if not state.is_file():
        raise NotFound(f"There is no state at {state}.")
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Refused(f"{to} is there already. Name a new file.") from None
    except OSError as error:
        raise Refused(f"{to} cannot be written: {error.strerror}.") from None
    try:
        with (
            closing(sqlite3.connect(f"{state.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(to)) as copy,
        ):
            source.backup(copy)  # in one step, so of one moment
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, no log beside it
        check(to)
    except BaseException as error:
        to.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise StateDown(f"The state {state} cannot be read: {error}.") from error
        raise
    return to.stat().st_size


def check(copy: Path) -> None:
    """See whether *copy* is a whole state.

    Raises:
        NotFound: there is no such file.
        Refused: it is no state, or it is damaged.
    """
    if not copy.is_file():
        raise NotFound(f"There is no file {copy}.")
    try:
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise Refused(f"{copy} is no copy of a state: {error}.") from None
    if not {"alembic_version", "audit_entry", "user_account"} <= tables:
        raise Refused(f"{copy} is no copy of a state of Nexus.")
    if found != "ok":
        raise Refused(f"{copy} is damaged: {found}.")


def put_back(copy: Path, state: Path, *, has_key: bool) -> Path | None:
    """Put *copy* in the place of *state*, and return where the state that was there lies now; None where none was.

    Args:
        copy: What `back_up` wrote.
        state: Where a server will look for it; none may be running on it.
        has_key: Whether a key is given in the environment.

    Raises:
        NotFound: there is no such copy.
        Refused: it is none, or the key with which it was sealed is not there.
        StateDown: a server is running on the state.
    """
    check(copy)
    key = state.with_name(state.name + ".key")
    if not has_key and not key.is_file():
        raise Refused(f"Put the key of that state to {key} first (chmod 600): what is sealed opens with no other.")
    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        owner = FileLock(state.with_name(state.name + ".lock"))
    except OSError as error:
        raise SettingError(f"{state} cannot be written: {error.strerror}.") from None
    if not owner.take():
        raise StateDown(f"Another Nexus is running on {state}. Stop it first. Nothing was changed.")
    try:
        return _exchange(copy, state)
    finally:
        owner.close()


def _exchange(copy: Path, state: Path) -> Path | None:
    fresh = state.with_name(state.name + ".restoring")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out, copy.open("rb") as given:
        shutil.copyfileobj(given, out)
        out.flush()
        os.fsync(out.fileno())
    aside: Path | None = None
    if state.exists():
        aside = state.with_name(f"{state.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        for ending in reversed(_BESIDE):  # the log goes first, and both are found again under the new name
            part = state.with_name(state.name + ending)
            if part.exists():
                part.rename(aside.with_name(aside.name + ending))
    fresh.replace(state)
    return aside
