"""Asking questions: `query.run`, under the row rules and hidden fields of every table that the question touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.sql import visitors

from nexus_admin.actions.answers import Answers, Asked, Cache, Policy
from nexus_admin.actions.unit import Unit
from nexus_admin.analytics.ask import Ask
from nexus_admin.analytics.query_json import read_query, write_query, write_result
from nexus_admin.data.values.decode import Decoder, decoder
from nexus_admin.domain.action import Action
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadRequest, Forbidden
from nexus_admin.domain.query import Query, Result
from nexus_admin.domain.resource import Schema
from nexus_admin.language.aggregates import Output, Prepared, aggregate_statement
from nexus_admin.language.paths import Sight

__all__ = ["ACTIONS", "QueryInput", "answer", "write_query", "write_result"]

MOST_AGE = 3600.0
ANEW = Policy()
_REMEMBERING = {"cache", "max_age", "stale", "fresh"}


class QueryInput(BaseModel):
    """A question as JSON; every part is read, and named where it is wrong, by `analytics.read_query`."""

    model_config = ConfigDict(extra="allow")

    source: Any = Field(None, description="Name of the data source; the target's where none is given.")
    resource: Any = Field(None, description="Name of the table; the target's where none is given.")
    filter: Any = Field(None, description="Which rows: an expression as text or JSON; null for all.")
    dimensions: Any = Field(None, description='What to group by: `[{"field", "grain", "as"}]`.')
    measures: Any = Field(None, description='What to compute: `[{"fn", "field", "filter", "as"}]`; none: counts.')
    having: Any = Field(None, description="A condition over the names of dimensions and measures.")
    sort: Any = Field(None, description='Names; `"-revenue"` for descending.')
    limit: Any = Field(None, description="Rows, 1 to 50,000; 1,000 where none is given.")
    others: Any = Field(
        None, description="Whether to say what the groups beyond the limit come to; for counts and sums."
    )
    cache: Cache | None = Field(
        None,
        description="`none` asks anew, `ttl` takes what is young enough, `swr` also what is stale, and asks behind.",
    )
    max_age: float = Field(
        0, ge=0, le=MOST_AGE, description="Seconds that a remembered answer may be old; 0 asks anew."
    )
    stale: float = Field(0, ge=0, le=MOST_AGE, description="With `swr`: seconds that it may be older than that.")
    fresh: bool = Field(False, description="Ask anew whatever is remembered, and remember the answer.")

    @property
    def policy(self) -> Policy:
        """How the answer may be remembered."""
        return Policy(self.cache or ("ttl" if self.max_age else "none"), self.max_age, self.stale, self.fresh)


def run_query(unit: Unit, data: QueryInput) -> Result:
    """Answer the question, which must be about the target."""
    target = unit.target
    told = {"source": target.source, "resource": target.resource}
    told |= {name: value for name, value in data.model_dump(exclude=_REMEMBERING).items() if value is not None}
    query = read_query(told, lambda name: _schema(unit, name), decider(unit, target.resource or ""))
    if (query.source, query.resource) != (target.source, target.resource):
        raise BadRequest(f"The query is about {query.source}/{query.resource}, not about {target}.")
    found = answer(unit, query, data.policy)
    unit.detail = f"{len(found.rows)} row{'' if len(found.rows) == 1 else 's'}"
    return found


def answer(unit: Unit, query: Query, policy: Policy = ANEW) -> Result:
    """Answer *query* as the unit's actor, from memory where an answer of the same rights is young enough.

    Raises:
        Forbidden: the actor may not ask about this table.
        UnknownField: the question touches what is not there, or not for this actor.
        SourceTimeout: the database took too long.
    """
    decide = decider(unit, query.resource)
    decision = decide(query.resource)
    if not decision.allowed:
        raise Forbidden(f"{query.resource}: {decision.reason}")
    return _Asking(unit, query, decide, policy)()


def decider(unit: Unit, main: str) -> Any:
    """Return the decisions of a question about *main*: asking there, and seeing the rows of every other table."""

    def decide(name: str) -> Decision:
        return unit.decide("query.run" if name == main else "row.list", name)

    return decide


class _Asking:
    """One question on its way through the database and back."""

    def __init__(self, unit: Unit, query: Query, decide: Any, policy: Policy) -> None:
        assert unit.source is not None
        self.unit, self.query, self.decide, self.policy = unit, query, decide, policy
        self.source, self.snapshot = unit.source, unit.source.snapshot
        self.age = 0.0

    def __call__(self) -> Result:
        ask = Ask(self.snapshot.schema, self.decide, self._compile, self._execute)
        return replace(ask(self.query), age=self.age)

    def _compile(self, query: Query) -> Prepared:
        sight = Sight(self.snapshot.schema, self.decide)
        return aggregate_statement(query, sight, self.snapshot.tables, self.unit.variables, self.snapshot.once)

    def _execute(self, prepared: Prepared) -> Sequence[Sequence[Any]]:
        def again() -> list[list[Any]]:
            with self.source.read() as connection:
                return self._rows(prepared, connection)

        rows, self.age = self.unit.service(Answers).get(
            self._asked(prepared), self.policy, lambda: self._rows(prepared, self.unit.connection), again
        )
        return rows  # type: ignore[no-any-return]

    def _asked(self, prepared: Prepared) -> Asked:
        """Return the question with everything that tells it from another one, the rights on each table included."""
        sql, tables = self.snapshot.once(("asked", id(prepared.statement)), lambda: self._read(prepared))
        rights = tuple(self.decide(name).fingerprint for name in tables)
        params = repr((self.snapshot.schema.version, sorted(prepared.params.items())))
        return Asked(self.source.name, sql, params, rights, tables)

    def _read(self, prepared: Prepared) -> tuple[str, tuple[str, ...]]:
        """Return the statement as text, with the values that stand in it, and the resources that it reads."""
        compiled = prepared.statement.compile(dialect=self.unit.connection.dialect)
        resources = self.snapshot.schema.resources.values()
        names = self.snapshot.once("names of tables", lambda: {(one.schema, one.table): one.name for one in resources})
        tables = [one for one in visitors.iterate(prepared.statement) if isinstance(one, sa.Table)]
        return repr((str(compiled), compiled.params)), tuple(sorted({names[one.schema, one.name] for one in tables}))

    def _rows(self, prepared: Prepared, connection: sa.Connection) -> list[list[Any]]:
        raws = connection.execute(prepared.statement, dict(prepared.params)).all()
        if not raws:
            return []
        columns = zip(prepared.outputs, zip(*raws, strict=True), strict=True)
        return list(map(list, zip(*(self._column(output, values) for output, values in columns), strict=True)))

    def _column(self, output: Output, values: Sequence[Any]) -> Sequence[Any]:
        field = output.field
        if field is None:
            return values
        key = ("decoder", output.resource, field.name)
        made: Decoder = self.snapshot.once(key, lambda: decoder(field, self.source.dialect))
        return made.column(values)


def _schema(unit: Unit, name: str) -> Schema:
    assert unit.source is not None
    if name != unit.source.name:
        raise BadRequest(f"The query is about the source {name!r}, not about {unit.source.name!r}.")
    return unit.source.schema


ACTIONS = (Action("query.run", QueryInput, run_query, "Ask", on="resource", writes=False),)
