"""A shop in memory: answers questions and listings in plain Python, as a yardstick that shares no code with SQL."""

import random
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from nexus_admin.analytics.check import check_query
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import text_of
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.query import Dimension, Listing, Measure, Query, Result
from nexus_admin.domain.resource import Relation, Schema
from nexus_admin.domain.row import Row, RowPage
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.json_form import from_json
from nexus_admin.language.text import parse
from nexus_admin.language.variables import Variables
from nexus_admin.testing.schemas import shop

NOW = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
COUNTRIES = ("FR", "DE", "PT", 'a"b', "it's; -- x", "und or not", "(x:y)", "Ünï", "", "a,b", "*")
STATES = ("open", "paid", "shipped", "cancelled")


class Memory:
    """Rows by table, and who asks when and where."""

    def __init__(self, zone: str = "UTC", seed: int = 7) -> None:
        self.schema: Schema = shop()
        self.zone = ZoneInfo(zone)
        self.variables = Variables(Actor("user:1"), NOW, self.zone)
        self.asked: list[Query] = []
        chance = random.Random(seed)
        self.tables: dict[str, list[Row]] = {
            "customers": [
                {
                    "id": at,
                    "name": f"Customer {at}",
                    "country": COUNTRIES[at % len(COUNTRIES)],
                    "vip": at % 3 == 0,
                    "created_at": datetime(2024, 1, 1) + timedelta(days=9 * at),
                }
                for at in range(1, 31)
            ],
            "orders": [self._order(at, chance) for at in range(1, 301)],
        }

    @staticmethod
    def _order(at: int, chance: random.Random) -> Row:
        placed = datetime(2026, 3, 31, 23, 59, 59) - timedelta(minutes=chance.randrange(0, 500 * 24 * 60))
        if at % 10 == 0:  # on the edges of days, months and hours
            placed = placed.replace(day=1, hour=chance.choice((0, 1, 22, 23)), minute=0, second=0)
        return {
            "id": at,
            "number": f"A-{at}",
            "customer_id": chance.choice([None, *range(1, 31)]),
            "status": chance.choice(STATES),
            "total": None if at % 17 == 0 else Decimal(chance.randrange(0, 50_000)) / 100,
            "discount": chance.choice([0, 2.5, 10]),
            "placed_at": placed,
            "shipped_on": None if at % 4 == 0 else placed.date(),
        }

    def run(self, query: Query) -> Result:
        """Answer *query*, slowly and plainly."""
        self.asked.append(query)
        columns = check_query(query, self.schema)
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.rows_where(query.resource, query.where):
            key = tuple(self._cut(self._at(query.resource, row, one.path), one) for one in query.dimensions)
            groups.setdefault(key, []).append(row)
        if not query.dimensions:
            groups.setdefault((), [])
        measures = query.measures or ((Measure("count", "count"),) if not query.dimensions else ())
        rows = [
            (*key, *(self._measure(one, query.resource, found) for one in measures)) for key, found in groups.items()
        ]
        names = [one.name for one in columns]
        for name in reversed(query.sort):
            place = names.index(name.removeprefix("-"))
            rows.sort(key=lambda row, at=place: _order(row[at]), reverse=name.startswith("-"))
        return Result(columns, tuple(rows[: query.limit]), 1.0, len(rows) > query.limit)

    def listing(self, asked: Listing) -> RowPage:
        """Answer *asked* with its first page."""
        found = self.rows_where(asked.resource, asked.request.where)
        for name in reversed(asked.request.sort):
            plain = name.removeprefix("-")
            found.sort(key=lambda row: (row[plain] is not None, row[plain] or 0), reverse=name.startswith("-"))
        rows = [
            {name: self._at(asked.resource, row, tuple(name.split("."))) for name in asked.request.fields}
            for row in found[: asked.request.limit]
        ]
        keys: list[str | None] = [str(row["id"]) for row in found[: asked.request.limit]]
        labels = {"customer": {str(row["id"]): str(row["name"]) for row in self.tables["customers"]}}
        return RowPage(rows, keys, labels, "more" if len(found) > len(rows) else None)

    def rows_where(self, resource: str, where: Expression | None) -> list[Row]:
        """Return the rows of *resource* that satisfy *where*."""
        return [row for row in self.tables[resource] if where is None or self._holds(where, row, resource)]

    def behind(self, address: str) -> list[Row]:
        """Return the rows that the list at *address* shows."""
        parts = urlsplit(address)
        _, mark, source, resource = parts.path.split("/")
        assert (mark, text_of(source)) == ("s", "shop")
        told = parse_qs(parts.query, keep_blank_values=True).get("filter")
        if not told:
            return self.rows_where(text_of(resource), None)
        if told[0].startswith("{"):
            import json

            return self.rows_where(text_of(resource), from_json(json.loads(told[0])))
        return self.rows_where(text_of(resource), parse(told[0], self.schema, text_of(resource)))

    def _holds(self, where: Expression, row: Row, resource: str) -> bool:
        return evaluate(where, row, self.schema, resource, self.variables, self._related)

    def _related(self, relation: Relation, row: Row) -> Sequence[Row]:
        return [
            far
            for far in self.tables[relation.to]
            if all(row[here] is not None and row[here] == far[there] for here, there in relation.pairs)
        ]

    def _at(self, resource: str, row: Row, path: tuple[str, ...]) -> Any:
        for step in path[:-1]:
            relation = self.schema.resource(resource).relation(step)
            found = self._related(relation, row)
            if not found:
                return None
            row, resource = found[0], relation.to
        return row.get(path[-1])

    def _cut(self, value: Any, one: Dimension) -> Any:
        if value is None or one.grain is None:
            return value
        if isinstance(value, datetime):
            value = value.replace(tzinfo=UTC).astimezone(self.zone)
            if one.grain == "hour":
                return value.replace(minute=0, second=0, microsecond=0)
            value = value.date()
        starts: dict[str, Callable[[date], date]] = {
            "day": lambda day: day,
            "week": lambda day: day - timedelta(days=day.weekday()),
            "month": lambda day: day.replace(day=1),
            "quarter": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
            "year": lambda day: day.replace(month=1, day=1),
        }
        return starts[one.grain](value)

    def _measure(self, one: Measure, resource: str, rows: list[Row]) -> Any:
        rows = [row for row in rows if one.where is None or self._holds(one.where, row, resource)]
        if one.path is None:
            return len(rows)
        values = [value for row in rows if (value := self._at(resource, row, one.path)) is not None]
        if one.fn == "count":
            return len(values)
        if one.fn == "count_distinct":
            return len(set(values))
        if not values:
            return None
        functions: dict[str, Callable[[list[Any]], Any]] = {
            "sum": sum, "min": min, "max": max, "avg": statistics.fmean, "median": statistics.median,
        }  # fmt: skip
        return functions[one.fn](values)


def _order(value: Any) -> tuple[bool, Any]:
    return (value is not None, 0 if value is None else value)
