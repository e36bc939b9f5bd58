"""Statements that are compiled once and said to SQLite itself, for those that run a thousand times a second.

SQLAlchemy looks up, fills in and wraps each execution anew, which costs three times what SQLite needs for one row. Here
its outcome is kept: the text, the order of its values, and how each is bound. Errors come as SQLAlchemy's own. Other
databases are asked through SQLAlchemy as ever: it knows how a connection is lost, and the wire costs more than it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

Values = Mapping[str, Any]
Rows = Sequence[Sequence[Any]]


class _Compiled(NamedTuple):
    """The text for the driver, and for each of its places: the value's name, what stands for none, how it is bound."""

    text: str
    binds: list[tuple[str, Any, Callable[[Any], Any] | None]]


class Prepared:
    """A statement that runs often.

    Args:
        statement: A SELECT; or an INSERT, UPDATE or DELETE that answers with no rows.
    """

    __slots__ = ("_compiled", "_plain", "statement")

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._plain = True
        self._compiled: _Compiled | None = None

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
            raise _wrapped(connection, compiled.text, error) from error
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
            raise _wrapped(connection, compiled.text, error) from error
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
            raise _wrapped(connection, compiled.text, error) from error
        finally:
            cursor.close()

    def _for(self, connection: sa.Connection) -> _Compiled | None:
        """Return what to say on *connection*; None where SQLAlchemy says it, and tells whoever listens there."""
        if not self._plain or connection.dialect.name != "sqlite" or connection.dispatch.before_cursor_execute:
            return None
        if self._compiled is None:
            self._compiled = self._compile(connection.dialect)
        return self._compiled

    def _compile(self, dialect: sa.Dialect) -> _Compiled | None:
        compiled = self.statement.compile(dialect=dialect)
        binds = [compiled.binds[name] for name in compiled.positiontup]
        if any(one.expanding for one in binds) or not _reads_plainly(self.statement, dialect):
            self._plain = False
            return None
        binders = [one.type.dialect_impl(dialect).bind_processor(dialect) for one in binds]
        names = compiled.positiontup
        given = compiled.params
        return _Compiled(str(compiled), [(name, given[name], how) for name, how in zip(names, binders, strict=True)])


def say(connection: sa.Connection, text: str) -> None:
    """Say *text*, which has no values and no answer, to SQLite itself.

    Raises:
        sqlalchemy.exc.DBAPIError: as `connection.exec_driver_sql`.
    """
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(text)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, text, error) from error
    finally:
        cursor.close()


def _given(compiled: _Compiled, values: Values) -> list[Any]:
    try:
        return [
            values.get(name, default) if bound is None else bound(values.get(name, default))
            for name, default, bound in compiled.binds
        ]
    except Exception as error:  # whatever a type makes of a value that is none of its own
        raise sa.exc.StatementError(f"{type(error).__name__}: {error}", compiled.text, {}, error) from error


def _wrapped(connection: sa.Connection, text: str, error: Exception) -> Any:
    driver = connection.dialect.loaded_dbapi.Error
    return sa.exc.DBAPIError.instance(text, (), error, driver, hide_parameters=connection.engine.hide_parameters)


def _reads_plainly(statement: Any, dialect: sa.Dialect) -> bool:
    """Whether what it selects comes as the driver gives it, so that nothing is left to do."""
    columns = getattr(statement, "selected_columns", ())
    return all(one.type.dialect_impl(dialect).result_processor(dialect, None) is None for one in columns)
