"""Statements that are compiled once and said to the driver itself, for those that run a thousand times a second.

SQLAlchemy looks up, fills in and wraps each execution anew, which costs three times what SQLite needs for one row, and
as much as all else that psycopg does for one. Here its outcome is kept: the text, the values' places, and how each is
bound. Errors come as SQLAlchemy's own, and a connection that is lost is given up as it would give it up. Databases
that are asked by another driver than these two are asked through SQLAlchemy as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

Values = Mapping[str, Any]
Rows = Sequence[Sequence[Any]]


NO_TYPE = 0
"""The number of no type of PostgreSQL's: what comes is not known yet."""
DRIVERS = ("pysqlite", "psycopg")
"""Those that give what their cursors give to SQLAlchemy too."""


class _Compiled(NamedTuple):
    """The text for the driver, and for each of its places: the value's name, what stands for none, how it is bound.

    Args:
        names: What the places are called in the text; None where it has them in their order.
        plain: Takes the values of all places out of what is given, where they are bound as they are.
    """

    text: str
    binds: list[tuple[str, Any, Callable[[Any], Any] | None]]
    names: list[str] | None
    plain: Callable[[Values], tuple[Any, ...]] | None


class Prepared:
    """A statement that runs often.

    Args:
        statement: A SELECT; or an INSERT, UPDATE or DELETE that answers with no rows.
    """

    __slots__ = ("_compiled", "statement")

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled | None] = {}

    def rows(self, connection: sa.Connection, values: Values) -> Rows:
        """Run it with *values* by the names of its open places; return what it selects.

        Raises:
            sqlalchemy.exc.DBAPIError: as `connection.execute`.
        """
        compiled = self._for(connection)
        if compiled is None:
            return connection.execute(self.statement, values).all()
        cursor: Any = connection.connection.cursor()
        try:
            cursor.execute(compiled.text, _given(compiled, values))
            rows: Rows = cursor.fetchall()
            return rows
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, compiled.text, error, cursor) from error
        finally:
            cursor.close()

    def change(self, connection: sa.Connection, values: Values) -> int:
        """Run it with *values*; return how many rows it has met.

        Raises:
            sqlalchemy.exc.DBAPIError: as `connection.execute`.
        """
        compiled = self._for(connection)
        if compiled is None:
            return connection.execute(self.statement, values).rowcount
        cursor: Any = connection.connection.cursor()
        try:
            cursor.execute(compiled.text, _given(compiled, values))
            return int(cursor.rowcount)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, compiled.text, error, cursor) from error
        finally:
            cursor.close()

    def change_all(self, connection: sa.Connection, batch: Sequence[Values]) -> int:
        """Run it for each of *batch*, which is not empty; return how many rows all of them have met."""
        if len(batch) == 1:
            return self.change(connection, batch[0])
        compiled = self._for(connection)
        if compiled is None:
            return connection.execute(self.statement, list(batch)).rowcount
        cursor: Any = connection.connection.cursor()
        try:
            cursor.executemany(compiled.text, [_given(compiled, values) for values in batch])
            return int(cursor.rowcount)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, compiled.text, error, cursor) from error
        finally:
            cursor.close()

    def _for(self, connection: sa.Connection) -> _Compiled | None:
        """Return what to say on *connection*; None where SQLAlchemy says it, and tells whoever listens there."""
        dialect = connection.dialect
        if connection.dispatch.before_cursor_execute:
            return None
        try:
            return self._compiled[dialect.driver]
        except KeyError:
            compiled = self._compiled[dialect.driver] = self._compile(dialect) if dialect.driver in DRIVERS else None
            return compiled

    def _compile(self, dialect: sa.Dialect) -> _Compiled | None:
        compiled = self.statement.compile(dialect=dialect)
        called = compiled.positiontup or list(compiled.bind_names.values())
        binds = [compiled.binds[name] for name in called]
        late = any(one.expanding for one in binds) or compiled.literal_execute_params
        if late or not _reads_plainly(self.statement, dialect):
            return None
        binders = [one.type.dialect_impl(dialect).bind_processor(dialect) for one in binds]
        spelled = compiled.escaped_bind_names
        names = None if compiled.positiontup is not None else [spelled.get(name, name) for name in called]
        values = [one.effective_value for one in binds]
        places = list(zip(called, values, binders, strict=True))
        as_given = names is None and len(called) > 1 and not any(binders) and all(one.required for one in binds)
        plain = itemgetter(*called) if as_given else None
        return _Compiled(str(compiled), places, names, plain)


def say(connection: sa.Connection, text: str) -> None:
    """Say *text*, which has no values and no answer, to SQLite itself.

    Raises:
        sqlalchemy.exc.DBAPIError: as `connection.exec_driver_sql`.
    """
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(text)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, text, error, cursor) from error
    finally:
        cursor.close()


def _given(compiled: _Compiled, values: Values) -> Any:
    if compiled.plain is not None:
        try:
            return compiled.plain(values)
        except KeyError:
            pass  # what is not given has a default
    try:
        given = [
            values.get(name, default) if bound is None else bound(values.get(name, default))
            for name, default, bound in compiled.binds
        ]
    except Exception as error:  # whatever a type makes of a value that is none of its own
        raise sa.exc.StatementError(f"{type(error).__name__}: {error}", compiled.text, {}, error) from error
    return given if compiled.names is None else dict(zip(compiled.names, given, strict=True))


def _wrapped(connection: sa.Connection, text: str, error: Any, cursor: Any) -> Any:
    """Return *error* as SQLAlchemy would raise it; where the connection is lost, so are those that wait in its pool."""
    dialect, engine = connection.dialect, connection.engine
    lost = not connection.invalidated and dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
    wrapped = sa.exc.DBAPIError.instance(
        text, (), error, dialect.loaded_dbapi.Error, engine.hide_parameters, lost, dialect
    )
    if lost:
        connection.invalidate(error)
        engine.dispose()
    return wrapped


def _reads_plainly(statement: Any, dialect: sa.Dialect) -> bool:
    """Whether what it selects comes as the driver gives it, so that nothing is left to do."""
    columns = getattr(statement, "selected_columns", ())
    try:
        return all(one.type.dialect_impl(dialect).result_processor(dialect, NO_TYPE) is None for one in columns)
    except sa.exc.InvalidRequestError:  # it depends on what comes
        return False
