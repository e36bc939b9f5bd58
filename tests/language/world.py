"""A small shop with relations both ways, nullable columns of every family and hostile texts, in any engine."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Field, Relation, Resource, Schema, Through
from nexus_admin.domain.row import Row
from nexus_admin.language.compile import Compiler
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Decide, Sight
from nexus_admin.language.variables import Variables

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)
ANN = Actor("user:ann", name="Ann", attributes={"country": "FR", "customer": 3, "countries": ("FR", "DE")})

TEXTS = (
    "", " ", "a", "a ", "A", "b", "ab", "aB", "Ab", "abc", "b a", "a%", "a_b", "50%", "_", "%", "a/b", "/", "a\\b",
    "'", '"', 'x"y', "null", "empty", "last-3-days", "a..b", "a.", ".b", "(a)", "a,b", "a:b", "@me", "!a", "-a",
    "~a", "10", "É", "ß", "日本", "and", "`", "z", "Z", "Zz", "; drop table orders", "!=", ">1",
)  # fmt: skip
"""Letters beyond ASCII are there, but in one case only: SQLite folds the case of ASCII alone."""


def variables(zone: str = "UTC", record: Row | None = None, actor: Actor = ANN) -> Variables:
    return Variables(actor, NOW, ZoneInfo(zone), record)


def schema_for(dialect: str) -> Schema:
    aware = "TIMESTAMP WITH TIME ZONE" if dialect == "postgresql" else "DATETIME"
    customers = Resource(
        "shop", "customers", "customers", "Customers", "Customer", key=("id",),
        fields=(
            Field("id", "Id", "integer", nullable=False, key=True, unique=True),
            Field("name", "Full name", "text", nullable=False),
            Field("email", "Email", "email"),
            Field("country", "Country", "enum", choices=("FR", "DE", "IT", "fr")),
            Field("age", "Age", "integer"),
            Field("credit", "Credit", "decimal"),
            Field("active", "Active", "boolean"),
            Field("born", "Born", "date"),
            Field("seen_at", "Seen", "datetime", native="DATETIME"),
            Field("wakes", "Wakes", "time"),
            Field("ref", "Ref", "uuid"),
            Field("profile", "Profile", "json"),
            Field("region_id", "Region", "integer", relation="region"),
        ),
        relations=(
            Relation("region", "Region", "regions", False, (("region_id", "id"),), inverse="customers"),
            Relation("orders", "Orders", "orders", True, (("id", "customer_id"),), inverse="customer"),
        ),
        search_fields=("name", "email"), title_fields=("name",), sort=("name",),
    )  # fmt: skip
    regions = Resource(
        "shop", "regions", "Order", "Regions", "Region", key=("id",),
        fields=(Field("id", "Id", "integer", nullable=False, key=True, unique=True), Field("name", "Name", "text"),
                Field("group", "Group", "text")),
        relations=(Relation("customers", "Customers", "customers", True, (("id", "region_id"),), inverse="region"),),
        search_fields=("name",), title_fields=("name",),
    )  # fmt: skip
    orders = Resource(
        "shop", "orders", "t1", "Orders", "Order", key=("id",),
        fields=(
            Field("id", "Id", "integer", nullable=False, key=True, unique=True),
            Field("customer_id", "Customer", "integer", relation="customer"),
            Field("status", "Status", "text", nullable=False),
            Field("total", "Total", "money"),
            Field("placed_at", "Placed", "datetime", native=aware),
            Field("Ship To", "Ship to", "text"),
        ),
        relations=(
            Relation("customer", "Customer", "customers", False, (("customer_id", "id"),), inverse="orders"),
            Relation("items", "Items", "items", True, (("id", "order_id"),), inverse="order"),
        ),
        search_fields=("status", "Ship To"), sort=("-placed_at",),
    )  # fmt: skip
    items = Resource(
        "shop", "items", "items", "Items", "Item", key=("order_id", "line"),
        fields=(
            Field("order_id", "Order", "integer", nullable=False, key=True, relation="order"),
            Field("line", "Line", "integer", nullable=False, key=True),
            Field("product_id", "Product", "integer", relation="product"),
            Field("quantity", "Quantity", "integer"),
            Field("note", "Note", "text"),
        ),
        relations=(
            Relation("order", "Order", "orders", False, (("order_id", "id"),), inverse="items"),
            Relation("product", "Product", "products", False, (("product_id", "id"),), inverse="items"),
        ),
    )  # fmt: skip
    products = Resource(
        "shop", "products", "products", "Products", "Product", key=("id",),
        fields=(Field("id", "Id", "integer", nullable=False, key=True, unique=True),
                Field("name", "Name", "text", nullable=False)),
        relations=(
            Relation("items", "Items", "items", True, (("id", "product_id"),), inverse="product"),
            Relation("tags", "Tags", "tags", True,
                     through=Through("product_tags", (("id", "product_id"),), (("tag_id", "id"),)), inverse="products"),
        ),
        search_fields=("name",),
    )  # fmt: skip
    tags = Resource(
        "shop", "tags", "tags", "Tags", "Tag", key=("id",),
        fields=(Field("id", "Id", "integer", nullable=False, key=True, unique=True), Field("label", "Label", "text")),
        relations=(
            Relation("products", "Products", "products", True,
                     through=Through("product_tags", (("id", "tag_id"),), (("product_id", "id"),)), inverse="tags"),
        ),
    )  # fmt: skip
    joins = Resource(
        "shop", "product_tags", "product_tags", "Product tags", "Product tag", key=("product_id", "tag_id"),
        fields=(Field("product_id", "Product", "integer", nullable=False, key=True),
                Field("tag_id", "Tag", "integer", nullable=False, key=True)),
        tucked=True,
    )  # fmt: skip
    made = (customers, orders, items, products, tags, joins, regions)
    return Schema("shop", dialect, {one.name: one for one in made}, version="1")


def tables_for(schema: Schema) -> dict[str, sa.Table]:
    metadata = sa.MetaData()
    return {
        name: sa.Table(
            one.table, metadata,
            *(sa.Column(field.name, _type(field, schema.dialect), primary_key=field.key, autoincrement=False,
                        nullable=field.nullable) for field in one.fields),
        )
        for name, one in schema.resources.items()
    }  # fmt: skip


def _type(field: Field, dialect: str) -> Any:
    types = {
        "integer": sa.Integer(),
        "decimal": sa.Numeric(10, 2, asdecimal=dialect != "sqlite"),
        "money": sa.Numeric(10, 2, asdecimal=dialect != "sqlite"),
        "boolean": sa.Boolean(),
        "date": sa.Date(),
        "time": sa.Time(),
        "datetime": mysql.DATETIME(fsp=6) if dialect == "mysql" else sa.DateTime(timezone="ZONE" in field.native),
        "uuid": sa.Uuid(),
        "json": sa.JSON(none_as_null=True),
    }
    # Collations that mislead: MariaDB's own folds case too, and takes a blank at the end for nothing.
    misleading = {"sqlite": "NOCASE", "postgresql": "en-x-icu"}
    return types.get(field.kind, sa.String(40, collation=misleading.get(dialect)))


@dataclass(repr=False)
class World:
    """The shop in one engine, and its rows in Python."""

    engine: sa.Engine
    schema: Schema = field(init=False)
    tables: Mapping[str, sa.Table] = field(init=False)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.schema = schema_for("mysql" if self.engine.dialect.name == "mariadb" else self.engine.dialect.name)
        self.tables = tables_for(self.schema)

    def fill(self, rows: Mapping[str, Sequence[Row]]) -> None:
        self.tables["orders"].metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            for name, table in self.tables.items():
                self.rows[name] = [dict(row) for row in rows[name]]
                given = [{one: self._stored(name, one, value) for one, value in row.items()} for row in rows[name]]
                if given:
                    connection.execute(table.insert(), given)

    def _stored(self, resource: str, name: str, value: Any) -> Any:
        field = self.schema.resource(resource).field(name)
        if isinstance(value, datetime) and "ZONE" not in field.native:
            return value.astimezone(UTC).replace(tzinfo=None)
        return value

    def related(self, relation: Relation, row: Row) -> list[Row]:
        far = self.rows[relation.to]
        if relation.through is None:
            return [one for one in far if all(row[a] is not None and one[b] == row[a] for a, b in relation.pairs)]
        through = relation.through
        joins = [one for one in self.rows[through.resource] if all(one[b] == row[a] for a, b in through.near)]
        return [one for one in far if any(all(one[b] == join[a] for a, b in through.far) for join in joins)]

    def keys(self, resource: str, expr: Expression, given: Variables, decide: Decide | None = None) -> list[Any]:
        """The keys of the rows that the compiled expression selects."""
        with self.engine.connect() as connection:
            return self.keys_on(connection, resource, expr, given, decide)

    def keys_on(
        self, connection: sa.Connection, name: str, expr: Expression, given: Variables, decide: Decide | None = None
    ) -> list[Any]:
        return sorted(map(tuple, connection.execute(*self.statement(name, expr, given, decide))))

    def statement(
        self, name: str, expr: Expression, given: Variables, decide: Decide | None = None
    ) -> tuple[sa.Select[Any], dict[str, Any]]:
        resource, table = self.schema.resource(name), self.tables[name]
        lowering = Lowering(Sight(self.schema, decide), given)
        rule = lowering.rule(resource)
        shape = lowering.condition(expr, resource)
        compiler = Compiler(self.schema, self.tables, self.schema.dialect)
        select = sa.select(*(table.c[one] for one in resource.key)).where(compiler.of(shape, resource, table))
        if rule is not None:
            select = select.where(compiler.of(rule, resource, table))
        return select, {f"v{at}": value for at, value in enumerate(lowering.values)}


def shop_rows(seed: int = 7, customers: int = 24, orders: int = 60) -> dict[str, list[Row]]:
    """Rows of all tables, the same for the same seed; about a third of what may be null is."""
    dice = random.Random(seed)

    def maybe(value: Any) -> Any:
        return None if dice.random() < 0.3 else value

    def text() -> str:
        return " " if dice.random() < 0.15 else dice.choice(TEXTS)

    moments = [NOW - timedelta(days=dice.randrange(-40, 400), minutes=dice.randrange(1440)) for _ in range(20)]
    moments += [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 17, 23, 59, 59, 999999, UTC), NOW]
    regions = [{"id": at, "name": maybe(text()), "group": maybe(text())} for at in range(1, 6)]
    people = [
        {
            "id": at, "name": text(), "email": maybe(text()), "country": maybe(dice.choice(("FR", "DE", "IT", "fr"))),
            "age": maybe(dice.randrange(-2, 5)), "credit": maybe(Decimal(dice.randrange(-300, 300)) / 100),
            "active": maybe(dice.random() < 0.5), "born": maybe(date(2026, 3, 18) - timedelta(dice.randrange(-9, 30))),
            "seen_at": maybe(dice.choice(moments)), "wakes": maybe(time(dice.randrange(5, 8), 30)),
            "ref": maybe(UUID(int=dice.randrange(4))), "region_id": maybe(dice.randrange(1, 6)),
            "profile": maybe({"Plan": dice.choice(("gold", "Silver")), "n": [dice.randrange(3)]}),
        }
        for at in range(1, customers + 1)
    ]  # fmt: skip
    sold = [
        {
            "id": at, "customer_id": maybe(dice.randrange(1, customers + 1)),
            "status": dice.choice(("paid", "packed", "Paid", "")),
            "total": maybe(Decimal(dice.randrange(0, 600, 25)) / 100), "placed_at": maybe(dice.choice(moments)),
            "Ship To": maybe(text()),
        }
        for at in range(1, orders + 1)
    ]  # fmt: skip
    lines = [
        {"order_id": order, "line": line, "product_id": maybe(dice.randrange(1, 7)),
         "quantity": maybe(dice.randrange(0, 5)), "note": maybe(text())}
        for order in range(1, orders + 1)
        for line in range(1, dice.randrange(1, 5))
    ]  # fmt: skip
    joins = sorted({(dice.randrange(1, 7), dice.randrange(1, 5)) for _ in range(8)})
    return {
        "customers": people, "orders": sold, "items": lines, "regions": regions,
        "products": [{"id": at, "name": text()} for at in range(1, 7)],
        "tags": [{"id": at, "label": maybe(text())} for at in range(1, 5)],
        "product_tags": [{"product_id": product, "tag_id": tag} for product, tag in joins],
    }  # fmt: skip
