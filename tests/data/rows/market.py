"""A small market with rows that lack values everywhere, in any engine, and the same rows in Python."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from nexus_admin.data.introspect import introspect
from nexus_admin.data.source import DataSource
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import Comparison, Count, Expression, Not, Quantified, Search
from nexus_admin.domain.resource import Relation, Resource, Schema
from nexus_admin.domain.row import ListRequest, Row
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.variables import Variables
from nexus_admin.testing.contract_world import User

EXACT = {"sqlite": "BINARY", "postgresql": '"C"', "mysql": "utf8mb4_nopad_bin"}
TABLES = (
    "CREATE TABLE regions (id INTEGER PRIMARY KEY, name {text}, code {text} NOT NULL)",
    """CREATE TABLE customers (id INTEGER PRIMARY KEY, name {text} NOT NULL, country {text}, age INTEGER,
       active BOOLEAN, born DATE, region_id INTEGER, FOREIGN KEY (region_id) REFERENCES regions (id))""",
    """CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, status {text} NOT NULL, total INTEGER,
       FOREIGN KEY (customer_id) REFERENCES customers (id))""",
    """CREATE TABLE items (order_id INTEGER NOT NULL, line INTEGER NOT NULL, product {text}, quantity INTEGER,
       PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders (id))""",
    "CREATE TABLE tags (id INTEGER PRIMARY KEY, label {text} NOT NULL)",
    """CREATE TABLE customer_tags (customer_id INTEGER NOT NULL, tag_id INTEGER NOT NULL,
       PRIMARY KEY (customer_id, tag_id), FOREIGN KEY (customer_id) REFERENCES customers (id),
       FOREIGN KEY (tag_id) REFERENCES tags (id))""",
)
NAMES = ("regions", "customers", "orders", "items", "tags", "customer_tags")
ANN = {"country": "FR", "customer": 3, "countries": ("FR", "DE")}
VARIABLES = Variables(Actor("user:contract", name="Contract", attributes=ANN), datetime(2025, 6, 1, tzinfo=UTC),
                      ZoneInfo("UTC"))  # fmt: skip
TEXTS = ("a", "A", "ab", "b a", "", " ", "50%", "_", "10", "'", "paid")


def market_rows(seed: int = 5) -> dict[str, list[Row]]:
    """Rows of all tables, the same for the same seed; about a third of what may be null is."""
    dice = random.Random(seed)

    def maybe(value: Any) -> Any:
        return None if dice.random() < 0.3 else value

    return {
        "regions": [{"id": at, "name": maybe(dice.choice(TEXTS)), "code": f"r{at % 3}"} for at in range(1, 5)],
        "customers": [
            {"id": at, "name": dice.choice(TEXTS), "country": maybe(dice.choice(("FR", "DE", "fr"))),
             "age": maybe(dice.randrange(-1, 4)), "active": maybe(dice.random() < 0.5),
             "born": maybe(date(2025, 5, 20) + timedelta(dice.randrange(20))),
             "region_id": maybe(dice.randrange(1, 5))} for at in range(1, 15)
        ],
        "orders": [
            {"id": at, "customer_id": maybe(dice.randrange(1, 15)), "status": dice.choice(("paid", "open", "Paid")),
             "total": maybe(dice.randrange(-1, 5))} for at in range(1, 31)
        ],
        "items": [
            {"order_id": order, "line": line, "product": maybe(dice.choice(TEXTS)),
             "quantity": maybe(dice.randrange(4))}
            for order in range(1, 31) for line in range(1, dice.randrange(1, 4))
        ],
        "tags": [{"id": at, "label": dice.choice(TEXTS)} for at in range(1, 5)],
        "customer_tags": [{"customer_id": one, "tag_id": other} for one, other in
                          sorted({(dice.randrange(1, 15), dice.randrange(1, 5)) for _ in range(14)})],
    }  # fmt: skip


@contextmanager
def market(url: str) -> Iterator[DataSource]:
    """Make the market in the empty database at *url*; give it connected."""
    source = DataSource("market", url, read_only=False, pool_size=2)
    with source.write() as connection:
        for statement in TABLES:
            connection.exec_driver_sql(statement.format(text=f"VARCHAR(20) COLLATE {EXACT[source.dialect]}"))
        for name, rows in market_rows().items():
            columns: list[sa.ColumnClause[Any]] = [sa.column(column) for column in rows[0]]
            stored = [{one: _stored(value, source.dialect) for one, value in row.items()} for row in rows]
            connection.execute(sa.insert(sa.table(name, *columns)), stored)
    source.use(introspect(source.reader, "market"))
    yield source
    source.close()


def _stored(value: Any, dialect: str) -> Any:
    return str(value) if dialect == "sqlite" and isinstance(value, date) else value


@dataclass
class Member:
    """Somebody with a role, and what Python says that they may see.

    Args:
        source: The market.
        decisions: By resource; all else is allowed.
    """

    source: DataSource
    decisions: dict[str, Decision]
    rows: dict[str, list[Row]] = field(default_factory=market_rows)
    _seen: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def user(self) -> User:
        """What asks the database."""
        return User(self.source, dict(self.decisions), ANN)

    @property
    def schema(self) -> Schema:
        return self.source.schema

    def decision(self, name: str) -> Decision:
        return self.decisions.get(name, Decision(True, "all", fingerprint="all"))

    def reads(self, name: str, *fields: str) -> bool:
        decision = self.decision(name)
        return decision.allowed and all(map(decision.reads, fields))

    def visible(self, name: str) -> list[Row]:
        """The rows inside the rule, which itself sees everything; a rule that cannot be applied lets nothing in."""
        if name not in self._seen:
            decision = self.decision(name)
            rows = self.rows[name] if decision.allowed else []
            if decision.rows is not None:
                rows = [row for row in rows if self._holds(decision.rows, row, name, self._everything, False)]
            self._seen[name] = rows
        return self._seen[name]

    def matching(self, name: str, where: Expression | None) -> list[Row]:
        """The visible rows that satisfy a filter, which sees of other tables what may be seen.

        Raises:
            BadExpression: the filter makes no sense.
        """
        rows = self.visible(name)
        if where is None:
            return rows
        evaluate(where, self.rows[name][0], self.schema, name, VARIABLES, self.related)
        return [row for row in rows if evaluate(where, row, self.schema, name, VARIABLES, self.related)]

    def related(self, relation: Relation, row: Row) -> list[Row]:
        return self._related(relation, row, self.visible)

    def _everything(self, relation: Relation, row: Row) -> list[Row]:
        return self._related(relation, row, self.rows.__getitem__)

    def _holds(self, expr: Expression, row: Row, name: str, related: Any, otherwise: bool) -> bool:
        try:
            return evaluate(expr, row, self.schema, name, VARIABLES, related)
        except BadExpression:
            return otherwise

    def _related(self, relation: Relation, row: Row, rows: Callable[[str], Sequence[Row]]) -> list[Row]:
        if relation.through is None:
            pairs = relation.pairs
            return [one for one in rows(relation.to) if all(row[a] is not None and one[b] == row[a] for a, b in pairs)]
        through = relation.through
        joins = [one for one in rows(through.resource) if all(one[b] == row[a] for a, b in through.near)]
        return [
            one for one in rows(relation.to) if any(all(one[b] == join[a] for a, b in through.far) for join in joins)
        ]

    def follows(self, resource: Resource, relation: Relation) -> bool:
        """Whether the columns that tie both sides may be read, and the other side be listed."""
        if not self.decision(relation.to).allowed:
            return False
        if relation.through is not None:
            ties = [here for _, here in relation.through.near] + [here for here, _ in relation.through.far]
            return self.reads(relation.through.resource, *ties)
        if relation.many:
            return self.reads(relation.to, *(there for _, there in relation.pairs))
        return self.reads(resource.name, *(here for here, _ in relation.pairs))

    def knows(self, name: str, path: tuple[str, ...]) -> bool:
        """Whether every step of *path*, a field at its end, may be read."""
        resource = self.schema.resource(name)
        for step in path[:-1]:
            relation = resource.relation(step)
            if not self.follows(resource, relation):
                return False
            resource = self.schema.resource(relation.to)
        return self.reads(resource.name, path[-1])

    def may_ask(self, name: str, where: Expression | None) -> bool:
        """Whether a filter touches only what may be read."""
        match where:
            case Comparison():
                return self.knows(name, where.path)
            case Not():
                return self.may_ask(name, where.item)
            case Quantified() | Count():
                resource = self.schema.resource(name)
                for step in where.path:
                    relation = resource.relation(step)
                    if not self.follows(resource, relation):
                        return False
                    resource = self.schema.resource(relation.to)
                return self.may_ask(resource.name, where.where)
            case None | Search():
                return True
        return all(self.may_ask(name, one) for one in where.items)

    def key(self, name: str, row: Row) -> tuple[Any, ...]:
        return tuple(row[one] for one in self.schema.resource(name).key)

    def value(self, name: str, row: Row, path: tuple[str, ...]) -> Any:
        """What stands at the end of a to-one path: nothing where the way there is not seen."""
        here: Row | None = row
        for step in path[:-1]:
            relation = self.schema.resource(name).relation(step)
            here = next(iter(self.related(relation, here)), None) if here is not None else None
            name = relation.to
        return None if here is None else here[path[-1]]

    def sorted(self, name: str, rows: list[Row], sort: Sequence[str]) -> list[Row]:
        """Rows in order: NULLs last both ways, ties by the key in the first field's direction."""
        down = bool(sort) and sort[0].startswith("-")
        asked = [*sort, *(f"-{one}" if down else one for one in self.schema.resource(name).key
                          if one not in {text.lstrip("-") for text in sort})]  # fmt: skip
        for text in reversed(asked):
            path = tuple(text.lstrip("-").split("."))
            filled = [row for row in rows if self.value(name, row, path) is not None]
            filled.sort(key=lambda row: self.value(name, row, path), reverse=text.startswith("-"))
            rows = filled + [row for row in rows if self.value(name, row, path) is None]
        return rows

    def list(self, name: str, request: ListRequest) -> Any:
        return self.user.read.list(name, request)
