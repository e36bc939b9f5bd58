"""Questions as SQL: dimensions, measures and conditions on them, under the row rules of every table touched.

The rows are narrowed first, with one column for each dimension and each measure's value; then they are grouped;
then the groups are narrowed, sorted and cut. All names in the statement are made here: nobody's text becomes one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, UnknownField
from nexus_admin.domain.query import Dimension, Measure, Query
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.language.compile import Compiler, Tables
from nexus_admin.language.dialects import Column, exact, is_textual, plain_dialect, readable, same_group
from nexus_admin.language.grains import grain_start
from nexus_admin.language.joins import Hops, Joined, lower_hops
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Sight
from nexus_admin.language.shape import TRUE, Shape, all_of
from nexus_admin.language.spelled import in_time_order, is_spelled
from nexus_admin.language.variables import Variables

T = TypeVar("T")
Once = Callable[[Hashable, Callable[[], T]], T]

_LIMIT: Final = sa.bindparam("limit", type_=sa.Integer)
_NATIVE_MEDIAN: Final = frozenset({"postgresql", "duckdb", "oracle"})


@dataclass(frozen=True, slots=True)
class Output:
    """One column of the answer, as the statement gives it.

    Args:
        field: What a raw value is decoded by: the field itself for a dimension without a grain, `min` and `max`;
            None for the text of a step, and for a number that was computed.
        resource: Name of the resource that *field* is of.
    """

    field: Field | None
    resource: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement to execute, and the values to execute it with."""

    statement: sa.Select[Any]
    params: Mapping[str, Any]
    outputs: tuple[Output, ...]


class Figure(UserDefinedType[Any]):
    """A number that was computed: it comes as the driver gives it."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the native type; only casts ask for it."""
        return "NUMERIC"

    def bind_processor(self, dialect: Any) -> Callable[[Any], Any] | None:
        """Return what makes numbers fit for SQLite, which knows no Decimal."""
        if dialect.name != "sqlite":
            return None
        return lambda value: float(value) if isinstance(value, Decimal) else value


def aggregate_statement(
    query: Query, sight: Sight, tables: Tables, variables: Variables, once: Once[sa.Select[Any]] | None = None
) -> Prepared:
    """Turn *query* into one SELECT that gives a row for each group: dimensions, then measures.

    Args:
        query: Paths by field name, over to-one relations; `limit` in rows. With neither dimensions nor measures
            it counts. With `others`, each row ends with how many groups there are from the limit on (the last row
        and all that come after it), and what each measure is over those.
        sight: The schema, and whose rights it is seen with.
        tables: By resource name.
        variables: Of whoever asks.
        once: `once(key, make)` keeps what *make* gave; the same question with other values is not compiled again.

    Raises:
        UnknownField, UnknownOperator, BadExpression: a path or filter is wrong, or touches what may not be read.
        BadRequest: a date cannot be cut in this database.
    """
    if not query.dimensions and not query.measures:
        query = Query(**{**_parts(query), "measures": (Measure("count", "count"),)})
    asked = _Asked.of(query, sight, variables)
    key = ("aggregate", query.resource, query.dimensions, asked.measures, asked.key, asked.zone, query.others)
    grouping = _Grouping(asked, tables)
    statement = once(key, grouping.statement) if once else grouping.statement()
    params = {f"v{place}": value for place, value in enumerate(asked.values)}
    return Prepared(statement, {**params, "limit": query.limit}, asked.outputs)


def _parts(query: Query) -> dict[str, Any]:
    return {name: getattr(query, name) for name in Query.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with its names and rights settled."""

    query: Query
    schema: Schema
    resource: Resource
    where: Shape
    filters: tuple[Shape | None, ...]
    having: Shape
    hops: Hops
    result: Resource
    outputs: tuple[Output, ...]
    values: list[Any]
    zone: str

    @classmethod
    def of(cls, query: Query, sight: Sight, variables: Variables) -> _Asked:
        resource = sight.schema.resource(query.resource)
        lowering = Lowering(sight, variables)
        parts = [lowering.rule(resource) or TRUE]
        if query.where is not None:
            parts.append(lowering.condition(query.where, resource))
        filters = tuple(
            None if one.where is None else lowering.condition(one.where, resource) for one in query.measures
        )
        outputs = (
            *(_of_dimension(one, sight, resource) for one in query.dimensions),
            *(_of_measure(one, sight, resource) for one in query.measures),
        )
        paths = [one.path for one in query.dimensions] + [one.path for one in query.measures if one.path]
        if query.others:
            outputs += (Output(None, resource.name),) * (1 + len(query.measures))
        hops = lower_hops(lowering, resource, paths)
        result = _result(query, sight, resource)
        having = TRUE
        if query.having is not None:
            own = Schema(sight.schema.source, sight.schema.dialect, {result.name: result})
            having = Lowering(Sight(own), variables, values=lowering.values).condition(query.having, result)
        zone = variables.zone.key if any(one.grain for one in query.dimensions) else ""
        return cls(
            query, sight.schema, resource, all_of(parts), filters, having, hops, result, outputs, lowering.values, zone
        )

    @property
    def measures(self) -> tuple[Any, ...]:
        """What of the measures makes a difference to the statement."""
        return tuple((one.fn, one.name, one.path) for one in self.query.measures)

    @property
    def key(self) -> tuple[Any, ...]:
        """What else does."""
        return self.where, self.filters, self.having, tuple(self.hops.items()), self.query.sort, self.schema.version


def _of_dimension(one: Dimension, sight: Sight, resource: Resource) -> Output:
    way = sight.way(resource, one.path)
    return Output(None if one.grain else way.field, way.resource.name)


def _of_measure(one: Measure, sight: Sight, resource: Resource) -> Output:
    if one.path is None:
        if one.fn != "count":
            raise BadRequest(f"{one.name}: {one.fn} needs a field.")
        return Output(None, resource.name)
    way = sight.way(resource, one.path)
    return Output(way.field if one.fn in ("min", "max") else None, way.resource.name)


def _result(query: Query, sight: Sight, resource: Resource) -> Resource:
    """Return the answer as a resource: what `having` compares."""
    fields = []
    for dimension in query.dimensions:
        field = sight.way(resource, dimension.path).field
        kind = field.kind if dimension.grain is None else "datetime" if dimension.grain == "hour" else "date"
        fields.append(Field(dimension.name, dimension.name, kind, native=field.native))
    for one in query.measures:
        kind = "integer"
        if one.path and one.fn not in ("count", "count_distinct"):
            kind = sight.way(resource, one.path).field.kind
            kind = "decimal" if one.fn in ("avg", "median", "sum") and kind in ("integer", "year") else kind
        fields.append(Field(one.name, one.name, kind))
    return Resource(query.source, "result", "result", "Result", "Group", fields=tuple(fields))


class _Grouping:
    """Makes the statement of one question."""

    def __init__(self, asked: _Asked, tables: Tables) -> None:
        self.asked = asked
        self.dialect = plain_dialect(asked.schema.dialect)
        self.compiler = Compiler(asked.schema, tables, asked.schema.dialect)
        self.table = tables[asked.query.resource]

    def statement(self) -> sa.Select[Any]:
        rows = self._rows().subquery(self.compiler.name())
        medians = [at for at, one in enumerate(self.asked.query.measures) if one.fn == "median"]
        if medians and self.dialect not in _NATIVE_MEDIAN:
            rows = self._ranked(rows, medians).subquery(self.compiler.name())
        groups = [rows.c[f"d{at}"] for at in range(len(self.asked.query.dimensions))]
        figures = [self._figure(at, one, rows) for at, one in enumerate(self.asked.query.measures)]
        grouped = sa.select(*groups, *figures).select_from(rows).group_by(*groups)
        return self._cut(grouped.subquery(self.compiler.name()))

    def _rows(self) -> sa.Select[Any]:
        """Select the rows asked about: a column for each dimension, and for the value of each measure."""
        asked = self.asked
        joined = Joined(self.compiler, asked.resource, self.table, asked.hops)
        columns: list[Column] = []
        for at, dimension in enumerate(asked.query.dimensions):
            columns.append(self._grouped(dimension.path, dimension.grain, joined).label(f"d{at}"))
        for at, (one, narrowed) in enumerate(zip(asked.query.measures, asked.filters, strict=True)):
            value: Column = sa.literal_column("1", sa.Integer)
            if one.path is not None:
                made = self._grouped if one.fn == "count_distinct" else self._plain
                value = made(one.path, None, joined)
            if narrowed is not None:
                value = sa.case((self.compiler.of(narrowed, asked.resource, self.table), value))
            columns.append(value.label(f"i{at}"))
        where = self.compiler.of(asked.where, asked.resource, self.table)
        return sa.select(*columns).select_from(joined.source).where(where)

    def _grouped(self, path: tuple[str, ...], grain: str | None, joined: Joined) -> Column:
        field, column = self._field(path), joined.column(path)
        if grain is not None:
            return grain_start(field, column, grain, self.dialect, self.asked.zone)
        return same_group(column, self.dialect) if is_textual(field) else self._plain(path, None, joined)

    def _plain(self, path: tuple[str, ...], _: str | None, joined: Joined) -> Column:
        field, column = self._field(path), joined.column(path)
        return in_time_order(field, column) if is_spelled(field, self.dialect) else column

    def _field(self, path: tuple[str, ...]) -> Field:
        return Sight(self.asked.schema).way(self.asked.resource, path).field

    def _ranked(self, rows: sa.Subquery, medians: list[int]) -> sa.Select[Any]:
        """Add each value's place within its group, for engines that know no median."""
        groups = [rows.c[f"d{at}"] for at in range(len(self.asked.query.dimensions))]
        added: list[Column] = []
        for at in medians:
            value = rows.c[f"i{at}"]
            order = (sa.case((value.is_(None), sa.literal_column("1")), else_=sa.literal_column("0")), value)
            added.append(sa.func.row_number().over(partition_by=groups or None, order_by=order).label(f"r{at}"))
            added.append(sa.func.count(value).over(partition_by=groups or None).label(f"n{at}"))
        return sa.select(*rows.c, *added)

    def _figure(self, at: int, one: Measure, rows: sa.FromClause) -> Column:
        value: Column = rows.c[f"i{at}"]
        match one.fn:
            case "count":
                return sa.func.count(value, type_=sa.BigInteger()).label(f"m{at}")
            case "count_distinct":
                return sa.func.count(value.distinct(), type_=sa.BigInteger()).label(f"m{at}")
            case "min" | "max":
                least = sa.func.min(value) if one.fn == "min" else sa.func.max(value)
                return sa.type_coerce(least, value.type).label(f"m{at}")
            case "median" if self.dialect in _NATIVE_MEDIAN:
                half = sa.func.percentile_cont(sa.literal_column("0.5")).within_group(value)
                return sa.type_coerce(half, Figure()).label(f"m{at}")
            case "median":
                twice, number = rows.c[f"r{at}"] * sa.literal_column("2"), rows.c[f"n{at}"]
                value = sa.case((sa.and_(twice >= number, twice <= number + sa.literal_column("2")), value))
        computed = sa.func.sum(value) if one.fn == "sum" else sa.func.avg(value)
        return sa.type_coerce(computed, Figure()).label(f"m{at}")

    def _cut(self, groups: sa.Subquery) -> sa.Select[Any]:
        """Narrow, sort and cut the groups."""
        asked, result = self.asked, self.asked.result
        named = dict(zip((one.name for one in result.fields), groups.c, strict=True))
        textual = [one.grain is None and is_textual(self._field(one.path)) for one in asked.query.dimensions]
        shown = [readable(one, self.dialect) if text else one for one, text in zip(groups.c, textual, strict=False)]
        columns: list[Column] = [*shown, *list(groups.c)[len(shown) :]]
        order = self._order(named)
        condition = None
        if asked.having is not TRUE:
            answer = _Answer(named)
            condition = self.compiler.of(asked.having, result, answer)  # type: ignore[arg-type]
        if asked.query.others:
            return self._with_others(columns, order, condition)
        statement = sa.select(*columns) if condition is None else sa.select(*columns).where(condition)
        return statement.order_by(*order).limit(_LIMIT)

    def _order(self, named: Mapping[str, Column]) -> list[Column]:
        asked, order = self.asked, list[Column]()
        sorted_by = dict.fromkeys((*asked.query.sort, *(one.name for one in asked.query.dimensions)))
        for name in sorted_by:
            plain = name if name in named else name.removeprefix("-")
            if plain not in named:
                raise UnknownField(plain, "The query's result", named)
            column: Column = named[plain]
            if is_textual(asked.result.field(plain)):
                column = exact(column, self.dialect)
            order.append(sa.case((column.is_(None), sa.literal_column("1")), else_=sa.literal_column("0")))
            order.append(column.desc() if plain != name else column.asc())
        return order

    def _with_others(self, columns: list[Column], order: list[Column], condition: Column | None) -> sa.Select[Any]:
        """Number the groups in their order, and add up those beyond the limit in the same pass over them."""
        place = sa.func.row_number().over(order_by=order).label("place")
        numbered = sa.select(*(one.label(f"c{at}") for at, one in enumerate(columns)), place)
        groups = (numbered if condition is None else numbered.where(condition)).subquery(self.compiler.name())
        *shown, place_there = groups.c
        measures = shown[len(self.asked.query.dimensions) :]
        left = [
            sa.type_coerce(sa.func.sum(sa.case((place_there >= _LIMIT, value))).over(), Figure()).label(f"o{at}")
            for at, value in enumerate((sa.literal_column("1", sa.Integer), *measures))
        ]
        return sa.select(*shown, *left).order_by(place_there).limit(_LIMIT)


@dataclass(frozen=True, slots=True)
class _Answer:
    """The groups as a table whose columns go by the names of the question."""

    c: Mapping[str, Column]
