"""Triggers in PostgreSQL that tell by NOTIFY which rows changed, whoever changed them. Made only where an owner asks.

They tell keys and names of columns, never values. A trigger that cannot say what happened says that something did; it
never makes the statement of another program fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from nexus_admin.data.source import DataSource
from nexus_admin.data.values.keys import key_of
from nexus_admin.domain.changes import What
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Forbidden, SourceDown, SourceFailed, SourceTimeout
from nexus_admin.domain.resource import Resource, Schema

CHANNEL = "nx_changes"
"""What is listened to; the function and the triggers are called so too."""
ONE_BY_ONE = 100
"""Rows of one statement that are told one by one; of more, that there were many."""
LONGEST = 7_000
"""Letters of one notice; PostgreSQL takes 8,000 bytes."""
KINDS = ("insert", "update", "delete", "truncate")
WORDS: dict[str, What] = {"c": "created", "u": "updated", "d": "deleted"}

FUNCTION = f"""CREATE OR REPLACE FUNCTION {CHANNEL}() RETURNS trigger LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp AS $nx$
DECLARE
  about jsonb := jsonb_build_object('s', TG_TABLE_SCHEMA, 't', TG_TABLE_NAME,
    'n', current_setting('application_name', true) = 'nexus');
  many boolean := TG_OP = 'TRUNCATE';
  one record;
BEGIN
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    many := (SELECT count(*) > {ONE_BY_ONE} FROM (SELECT FROM nx_new LIMIT {ONE_BY_ONE + 1}) these);
  ELSIF TG_OP = 'DELETE' THEN
    many := (SELECT count(*) > {ONE_BY_ONE} FROM (SELECT FROM nx_old LIMIT {ONE_BY_ONE + 1}) these);
  END IF;
  IF many THEN
    PERFORM pg_notify('{CHANNEL}', about::text);
  ELSIF TG_OP = 'INSERT' THEN
    FOR one IN SELECT (SELECT jsonb_agg(to_jsonb(t) ->> name ORDER BY place)
      FROM unnest(TG_ARGV) WITH ORDINALITY AS a (name, place)) AS key FROM nx_new t LOOP
      PERFORM pg_notify('{CHANNEL}', (about || jsonb_build_object('w', 'c', 'k', one.key))::text);
    END LOOP;
  ELSIF TG_OP = 'DELETE' THEN
    FOR one IN SELECT (SELECT jsonb_agg(to_jsonb(t) ->> name ORDER BY place)
      FROM unnest(TG_ARGV) WITH ORDINALITY AS a (name, place)) AS key FROM nx_old t LOOP
      PERFORM pg_notify('{CHANNEL}', (about || jsonb_build_object('w', 'd', 'k', one.key))::text);
    END LOOP;
  ELSIF TG_OP = 'UPDATE' THEN
    FOR one IN
      WITH o AS (SELECT to_jsonb(t) AS r, (SELECT jsonb_agg(to_jsonb(t) ->> name ORDER BY place)
             FROM unnest(TG_ARGV) WITH ORDINALITY AS a (name, place)) AS key FROM nx_old t),
           n AS (SELECT to_jsonb(t) AS r, (SELECT jsonb_agg(to_jsonb(t) ->> name ORDER BY place)
             FROM unnest(TG_ARGV) WITH ORDINALITY AS a (name, place)) AS key FROM nx_new t)
      SELECT key, CASE WHEN o.r IS NULL THEN 'c' WHEN n.r IS NULL THEN 'd' ELSE 'u' END AS what,
        (SELECT jsonb_agg(name) FROM jsonb_object_keys(n.r) name
          WHERE n.r -> name IS DISTINCT FROM o.r -> name) AS names
      FROM o FULL JOIN n USING (key) WHERE n.r IS DISTINCT FROM o.r
    LOOP
      PERFORM pg_notify('{CHANNEL}',
        left((about || jsonb_build_object('w', one.what, 'k', one.key, 'f', one.names))::text, {LONGEST}));
    END LOOP;
  END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  PERFORM pg_notify('{CHANNEL}', about::text);
  RETURN NULL;
END $nx$"""
"""It runs as whoever writes, so that no name in it may be looked for where others make functions."""
OWNED = f"ALTER FUNCTION {CHANNEL}() OWNER TO CURRENT_USER"
"""Who made a function of that name before us, for us to replace, would be its owner still, and could change ours."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one notification says.

    Args:
        resource: The name of the table.
        key: Of the row; None where many changed, or nobody knows which.
        what: What happened to it.
        fields: Names of the columns whose values are others now.
        ours: Whether a session that is called as those of Nexus did it.
    """

    resource: str
    key: str | None
    what: What = "changed"
    fields: tuple[str, ...] = ()
    ours: bool = False


def tables_of(schema: Schema, only: Iterable[str] = ()) -> list[Resource]:
    """Return the tables whose rows can be told: those with a key, all or *only* those named.

    Raises:
        UnknownResource: one that is named is not there.
    """
    named = [schema.resource(name) for name in only] or list(schema.resources.values())
    return [one for one in named if one.type == "table" and one.key]


def statements(tables: Sequence[Resource]) -> list[str]:
    """Return the SQL that makes the function and the triggers, ready to be shown or run by hand."""
    return [FUNCTION, OWNED, *(text for one in tables for text in _triggers(one))]


def _triggers(one: Resource) -> list[str]:
    table = f"{_quoted(one.schema)}.{_quoted(one.table)}" if one.schema else _quoted(one.table)
    keys = ", ".join("'" + name.replace("'", "''") + "'" for name in one.key)
    seen = {"insert": "NEW TABLE AS nx_new", "update": "OLD TABLE AS nx_old NEW TABLE AS nx_new",
            "delete": "OLD TABLE AS nx_old", "truncate": ""}  # fmt: skip
    return [
        f"CREATE OR REPLACE TRIGGER {CHANNEL}_{kind} AFTER {kind.upper()} ON {table}"
        + (f" REFERENCING {tables}" if tables else "")
        + f" FOR EACH STATEMENT EXECUTE FUNCTION {CHANNEL}({keys})"
        for kind, tables in seen.items()
    ]


REMOVAL = f"DROP FUNCTION IF EXISTS {CHANNEL}() CASCADE"
"""Drops the triggers with it."""


def install(source: DataSource, tables: Sequence[Resource]) -> None:
    """Make the function and the triggers, all or none; those that are there are made anew.

    Raises:
        Forbidden: the login is not the owner of a table, or may make no function.
        SourceFailed: the database refuses; says why.
        ReadOnly, SourceDown: as `DataSource.write`.
    """
    _run(source, statements(tables))


def remove(source: DataSource) -> None:
    """Drop both; errors as `install`."""
    _run(source, [REMOVAL])


def _run(source: DataSource, texts: Sequence[str]) -> None:
    with source.write() as connection:
        try:
            for text in texts:
                connection.exec_driver_sql(text.replace("%", "%%"))  # which the driver would take for a parameter
        except exc.SQLAlchemyError as error:
            meant = source.failure(error)
            if isinstance(meant, SourceDown | SourceTimeout):
                raise meant from error
            if isinstance(meant, Forbidden):
                raise Forbidden(
                    f"The login that Nexus uses for {source.name} may not make triggers on all of its tables. Have "
                    "their owner run the SQL that is shown, then install again with --made."
                ) from error
            raise SourceFailed(f"The triggers of {source.name} could not be made. {meant}") from error


def bearing(source: DataSource) -> set[str]:
    """Return the names of the resources that bear all of our triggers, and none of them is switched off.

    Raises:
        SourceDown: the database does not answer.
    """
    asked = sa.text(
        "SELECT n.nspname, c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') "
        "AND t.tgname = ANY(:names) GROUP BY 1, 2"
    )
    names = [f"{CHANNEL}_{kind}" for kind in KINDS]
    with source.read() as connection:
        default = connection.exec_driver_sql("SELECT current_schema()").scalar()
        found = {(row[0], row[1]) for row in connection.execute(asked, {"names": names}) if row[2] == len(names)}
    tables = tables_of(source.schema)
    return {one.name for one in tables if (one.schema or default, one.table) in found}


def read(payload: str, names: dict[tuple[str, str], Resource]) -> Notice | None:
    """Read one notification; None for one that is not about a table in *names*, by schema and table.

    What makes no sense, or was cut because it was too long, cannot be read, and is None too: see `is_cut`.
    """
    try:
        said = json.loads(payload)
        resource = names.get((said["s"], said["t"]))
        if resource is None:
            return None
        if "k" not in said:
            return Notice(resource.name, None, ours=said["n"] is True)
        key = key_of([_raw(resource, name, text) for name, text in zip(resource.key, said["k"], strict=True)])
        fields = tuple(said.get("f") or ())
        if not all(isinstance(one, str) for one in fields):
            return None
        return Notice(resource.name, key, WORDS[said["w"]], fields, said["n"] is True)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):  # whoever may connect can say anything
        return None


def is_cut(payload: str) -> bool:
    """Whether a notification was too long to be told whole."""
    return len(payload) >= LONGEST


def _raw(resource: Resource, name: str, text: Any) -> Any:
    """Return a key column's value as the driver gives it, from how JSON has it."""
    kind = resource.by_name[name].kind if name in resource.by_name else ""
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError(text)
    text.encode()  # half a letter, which no database holds, raises
    if kind == "binary":
        return bytes.fromhex(text.removeprefix("\\x"))
    return text.replace("T", " ", 1).replace("+00:00", "+00") if kind == "datetime" else text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
