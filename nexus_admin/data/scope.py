"""What the rows of one unit stand on: the open connection, the schema as it was, and the actor's decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from nexus_admin.data.constraints import columns_of
from nexus_admin.data.database_errors import Attempt, refusal
from nexus_admin.data.source import DataSource, Snapshot
from nexus_admin.data.values.decode import Decoder, decoder
from nexus_admin.data.values.encode import encode
from nexus_admin.data.values.keys import key_values
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadRequest, Forbidden, NotFound
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.domain.row import Masked, Row
from nexus_admin.language.formula_columns import stored_columns
from nexus_admin.language.keys import same_values
from nexus_admin.language.variables import Variables

_KNOWN_BY = ("row.list", "row.read", "row.create", "row.update")

Decide = Callable[[str, str], Decision]
"""`decide(action, resource) -> Decision` of the actor."""

Mask = Callable[[Field, Any], Masked]
"""What is left of a value that may not be read."""


@dataclass
class Scope:
    """What reading and writing stand on, for one unit.

    Args:
        source: The data source.
        connection: Open; a transaction where something is written.
        decide: The actor's decisions.
        variables: Who, when and where, for rules and filters.
        mask: What is left of a masked value.
    """

    source: DataSource
    connection: sa.Connection
    decide: Decide
    variables: Variables
    mask: Mask
    snapshot: Snapshot = field(init=False)
    _decisions: dict[tuple[str, str], Decision] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.snapshot = self.source.snapshot
        self.variables = replace(self.variables, blind=self._digests)

    @property
    def dialect(self) -> str:
        """The source's dialect."""
        return self.source.dialect

    def resource(self, name: str) -> Resource:
        """Return the resource called *name*."""
        return self.snapshot.schema.resource(name)

    def table(self, name: str) -> sa.Table:
        """Return the table of the resource called *name*."""
        return self.snapshot.tables[name]

    def decision(self, action: str, name: str) -> Decision:
        """Return what the actor may do, asked once."""
        try:
            return self._decisions[action, name]
        except KeyError:
            made = self._decisions[action, name] = self.decide(action, name)
            return made

    def permitted(self, action: str, name: str) -> Decision:
        """Return a decision that is a yes.

        Raises:
            Forbidden: it is a no; the reason is the policy's.
        """
        decision = self.decision(action, name)
        if not decision.allowed:
            raise Forbidden(f"{self.resource(name).title}: {decision.reason}")
        return decision

    def decider(self, action: str, main: str) -> Callable[[str], Decision]:
        """Return decisions by resource: *action* on *main*, and seeing the rows of every other."""
        return lambda name: self.decision(action if name == main else "row.list", name)

    def key(self, name: str, segment: str) -> Mapping[str, Any]:
        """Return the values of a key by column.

        Raises:
            NotFound: no row can have this key.
        """
        values = self.maybe_key(name)(segment)
        if values is None:
            raise self.absent(self.resource(name), segment)
        return values

    def maybe_key(self, name: str) -> Callable[[str], Mapping[str, Any] | None]:
        """Return what reads a key segment of *name*: its values by column, None where no row can have it."""
        resource = self.resource(name)

        def read(segment: str) -> Mapping[str, Any] | None:
            try:
                return key_values(resource, segment, self.dialect) if resource.key else None
            except BadRequest:
                return None

        return read

    def absent(self, resource: Resource, segment: str) -> NotFound:
        """Return the answer to a row that is not there, or not for this actor."""
        return NotFound(f"There is no {resource.singular.lower()} {segment[:80]} in {resource.source}.")

    def decoder(self, name: str, column: str) -> Decoder:
        """Return how the column of a resource is read; made once a schema."""
        return self.snapshot.once(("decoder", name, column), lambda: self._decoder(name, column))

    def _decoder(self, name: str, column: str) -> Decoder:
        found = self.resource(name).by_name.get(column)
        if found is not None and found.encrypted:
            return self.source.sealing.decoder(found)
        return decoder(found or Field(column, column, "integer"), self.dialect)

    def decoded(self, name: str, raw: Mapping[str, Any]) -> Row:
        """Return a raw row as Python values, whole and in the clear."""
        return {column: self.decoder(name, column).one(value) for column, value in raw.items()}

    def decoded_row(self, name: str, raw: Sequence[Any]) -> Row:
        """Return a raw row that has all columns of the table, in their order, as `decoded` does; more is left out."""
        columns = self.snapshot.once(
            ("decoders", name),
            lambda: [
                (column.name, reader.plain, reader.one)
                for column in stored_columns(self.table(name))
                if column.name not in self._indexes(name)
                for reader in (self.decoder(name, column.name),)
            ],
        )
        return {
            column: value if value.__class__ in plain else read(value)
            for (column, plain, read), value in zip(columns, raw, strict=False)
        }

    def raws(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the driver is given for values of a row, by column; encrypted ones with their blind index.

        Raises:
            Invalid: a value does not fit into its column when it is encrypted.
        """
        resource, found = self.resource(name), dict[str, Any]()
        for column, value in values.items():
            field = resource.field(column)
            sealed = self.source.sealing.columns(field, value) if field.encrypted else None
            found |= sealed or {column: encode(field, value, self.dialect)}
        return found

    def _digests(self, field: Field, text: str) -> list[str]:
        return self.source.sealing.digests(field, text)

    def _indexes(self, name: str) -> set[str]:
        return {one.blind for one in self.resource(name).fields if one.blind}

    @contextmanager
    def attempt(self, name: str, values: Mapping[str, Any], holders: Callable[[], list[str]] = list) -> Iterator[None]:
        """Turn what the database says about *values* into sentences at their fields.

        Args:
            name: The resource.
            values: What is written; empty for a deletion.
            holders: See `Attempt`.

        Raises:
            Invalid: the values break a rule of the table.
            Refused: other rows hold this one, or a trigger said no.
        """
        try:
            yield
        except exc.DBAPIError as error:
            resource = self.resource(name)
            find = columns_of(self.source, resource, self.table(name))
            known, unknown = self._known(resource)
            tried = Attempt(
                known, values, lambda rule: find(rule) if rule else self._dangling(resource, values), unknown,
                holders,
            )  # fmt: skip
            raise (refusal(error, tried, self.dialect) or self.source.failure(error)) from error

    def _known(self, resource: Resource) -> tuple[Resource, frozenset[str]]:
        """Return *resource* as far as the actor may know of it, and the names of columns and tables that they may not.

        What the database says of values names them freely.
        """
        tables = self.snapshot.schema.resources.values()
        foreign = {one.name: one.table for one in tables if not self.knows(one.name)}
        fields = tuple(one for one in resource.fields if self.knows(resource.name, one.name))
        relations = tuple(one for one in resource.relations if one.to not in foreign)
        hidden = {one.name for one in resource.fields}.difference(one.name for one in fields)
        return replace(resource, fields=fields, relations=relations), frozenset({*hidden, *foreign.values()})

    def knows(self, name: str, field: str | None = None) -> bool:
        """Whether the actor may know of a resource, or of one of its fields."""
        decisions = (self.decision(action, name) for action in _KNOWN_BY)
        return any(one.allowed and (field is None or one.shows(field)) for one in decisions)

    def named(self, name: str) -> str:
        """Return how rows of a resource are called in an error: not at all where the actor may not know of it."""
        return f"rows of {self.resource(name).title}" if self.knows(name) else "rows"

    def _dangling(self, resource: Resource, values: Mapping[str, Any]) -> list[str]:
        """Return the columns of a to-one relation that point nowhere; SQLite does not say which those are."""
        for relation in resource.relations:
            ours = [one for one, _ in relation.pairs]
            if relation.many or not relation.declared or any(values.get(one) is None for one in ours):
                continue
            far = self.table(relation.to)
            wanted = {theirs: encode(resource.field(one), values[one], self.dialect) for one, theirs in relation.pairs}
            there = sa.select(sa.literal(1)).select_from(far).where(same_values(far, wanted)).limit(1)
            if self.connection.execute(there).first() is None:
                return ours
        return []
