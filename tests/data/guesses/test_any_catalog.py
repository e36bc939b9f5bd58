"""Whatever a catalog holds, a Schema comes of it, and what it promises holds."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.data.catalog import Catalog, FoundColumn, FoundForeignKey, FoundTable, Sample
from nexus_admin.data.describe import describe
from nexus_admin.data.guesses.schema import schema_of
from nexus_admin.data.guesses.undeclared import Measured, candidates
from nexus_admin.data.schema_json import schema_from_json, schema_to_json
from nexus_admin.domain.kinds import FAMILIES

NAMES = st.sampled_from(
    ["", "a", "A", "id", "ID", "user_id", "users", "user", "User", "order_items", "orders", "rowid", "x.y", "per%cent",
     "name", "created_at", "status", "password", "parent_id", "注文", "a b", "\n", "'", "code",
     "customer_ref", "customers"]
) | st.text(max_size=4)  # fmt: skip
BASES = st.sampled_from(
    ["", "integer", "varchar", "text", "numeric", "timestamp", "date", "json", "blob", "boolean", "odd"]
)
VALUES = (
    st.none()
    | st.integers(-2, 3000)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["2024-01-01", b"\x00", "{"])
)
CHECKS = st.sampled_from(["status IN ('a')", "id > 0", "x >= ", "name = ANY (ARRAY['a'::text])", ")"])


@st.composite
def tables(draw: st.DrawFn, names: list[str]) -> FoundTable:
    columns = [
        FoundColumn(
            name, draw(NAMES), draw(BASES), nullable=draw(st.booleans()), default=draw(st.none() | NAMES),
            length=draw(st.none() | st.integers(0, 2000)), choices=draw(st.none() | st.just(("a", "b"))),
            shape=draw(st.sampled_from(["", "enum", "array"])), element=draw(st.none() | BASES),
        )
        for name in draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    ]  # fmt: skip
    own = [column.name for column in columns]
    some = st.lists(st.sampled_from(own), min_size=1, max_size=2, unique=True).map(tuple)
    keys = [
        FoundForeignKey(
            columns_, (None, draw(st.sampled_from(names))), tuple(draw(st.sampled_from(own)) for _ in columns_)
        )
        for columns_ in draw(st.lists(some, max_size=3))
    ]
    return FoundTable(
        None, "", type=draw(st.sampled_from(["table", "table", "view", "virtual"])), columns=tuple(columns),
        primary_key=draw(st.just(()) | some), foreign_keys=tuple(keys), uniques=tuple(draw(st.lists(some, max_size=2))),
        checks=tuple(draw(st.lists(CHECKS, max_size=2))), row_name=draw(st.sampled_from([None, "_rowid_"])),
    )  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Catalog, dict[tuple[str | None, str], Sample]]:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    found = []
    samples: dict[tuple[str | None, str], Sample] = {}
    for name in names:
        made = draw(tables(names))
        found.append(FoundTable(**{**_parts(made), "name": name}))
        rows = draw(st.integers(0, 12))
        row = st.lists(VALUES, min_size=rows, max_size=rows).map(tuple)
        samples[None, name] = Sample(rows, {column.name: draw(row) for column in made.columns})
    return Catalog(draw(st.sampled_from(["sqlite", "postgresql", "mysql"])), None, tuple(found)), samples


def _parts(table: FoundTable) -> dict[str, Any]:
    return {name: getattr(table, name) for name in FoundTable.__slots__}


@given(worlds())
def test_any_catalog_becomes_a_schema_that_keeps_its_promises(
    world: tuple[Catalog, dict[tuple[str | None, str], Sample]],
) -> None:
    catalog, samples = world
    found = list(candidates(catalog))
    schema = schema_of("some", catalog, samples, found, {one: Measured(4, 4) for one in found})
    assert len(schema.resources) == len(catalog.tables)
    for resource in schema.resources.values():
        names = [field.name for field in resource.fields]
        relations = [one.name for one in resource.relations]
        assert len({*names, *relations}) == len(names) + len(relations)
        assert len(resource.list_fields) <= 8
        said = {*resource.key, *resource.title_fields, *resource.list_fields, *resource.search_fields}
        assert said | {path.removeprefix("-") for path in resource.sort} <= set(names)
        assert not any(resource.field(name).secret for name in (*resource.list_fields, *resource.search_fields))
        assert resource.writable == (resource.why_read_only is None)
        assert not resource.writable or resource.key
        for field in resource.fields:
            assert field.kind in FAMILIES
            assert field.relation is None or not resource.relation(field.relation).many
        for relation in resource.relations:
            far = schema.resource(relation.to)
            assert {pair[0] for pair in relation.pairs} <= set(names)
            assert {pair[1] for pair in relation.pairs} <= {field.name for field in far.fields}
            assert bool(relation.pairs) != (relation.through is not None)
    assert schema_from_json(schema_to_json(schema)) == schema
    assert describe(schema)["resources"] is not None
