"""A Schema survives the cache exactly, and a damaged cache is named as such."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.data.guesses.schema import version_of
from nexus_admin.data.schema_json import schema_from_json, schema_to_json
from nexus_admin.domain.resource import Field, Relation, Resource, Schema, Through

TEXT = st.text(max_size=6)
MAYBE = st.none() | TEXT
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
OPTIONS = st.dictionaries(
    TEXT, st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=2), max_size=2
)
FIELDS = st.builds(
    Field, name=TEXT, title=TEXT, kind=TEXT, native=TEXT, required=st.booleans(), nullable=st.booleans(), default=MAYBE,
    choices=st.none() | NAMES, max_length=st.none() | st.integers(), scale=st.none() | st.integers(), minimum=MAYBE,
    writable=st.booleans(), secret=st.booleans(), relation=MAYBE, as_text=st.booleans(), options=OPTIONS,
)  # fmt: skip
THROUGH = st.builds(Through, resource=TEXT, near=PAIRS, far=PAIRS)
RELATIONS = st.builds(
    Relation, name=TEXT, title=TEXT, to=TEXT, many=st.booleans(), pairs=PAIRS, through=st.none() | THROUGH,
    declared=st.booleans(), evidence=MAYBE, inverse=MAYBE, on_delete=st.sampled_from(["cascade", "no action"]),
)  # fmt: skip
RESOURCES = st.builds(
    Resource, source=TEXT, name=TEXT, table=TEXT, title=TEXT, singular=TEXT, schema=MAYBE,
    type=st.sampled_from(["table", "view"]),
    key=NAMES, fields=st.lists(FIELDS, max_size=2).map(tuple), relations=st.lists(RELATIONS, max_size=2).map(tuple),
    title_fields=NAMES, sort=NAMES, uniques=st.lists(NAMES, max_size=2).map(tuple),
    estimated_rows=st.none() | st.integers(),
    tucked=st.booleans(), group=MAYBE, icon=TEXT, options=OPTIONS,
)  # fmt: skip


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    resources = draw(st.lists(RESOURCES, max_size=2))
    return Schema(draw(TEXT), draw(TEXT), {one.name: one for one in resources}, draw(NAMES), draw(TEXT))


@given(schemas())
def test_a_schema_comes_back_exactly(schema: Schema) -> None:
    text = json.dumps(schema_to_json(schema))
    back = schema_from_json(json.loads(text))
    assert back == schema
    assert list(back.resources) == list(schema.resources)
    assert version_of(back) == version_of(schema)


@pytest.mark.parametrize(
    "data", [None, [], {}, {"format": 0}, {"format": 1}, {"format": 1, "resources": [{"name": "a", "odd": 1}]}]
)
def test_a_cache_of_another_make_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="Read the catalog again"):
        schema_from_json(data)
