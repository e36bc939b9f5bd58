"""Fields and relations of any name are written in the text of a filter, in JSON and in an address, and read back."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from nexus_admin.domain.expression import Comparison, Count, Quantified
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.language import url
from nexus_admin.language.json_form import from_json, to_json
from nexus_admin.language.text import parse, print_text
from tests.odd.names import NAMES

letters = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
names = (
    st.sampled_from(NAMES) | st.text(letters, min_size=1, max_size=12) | st.text("`.\"' ,:()!&@-\\/<>\n", min_size=1)
)


@given(names)
@example("a/b col")
@example("a.b")
@example("<b>")
@example("`")
def test_a_name_goes_through_text_json_and_address(name: str) -> None:
    near = Relation(f"to {name}", "Near", "t", False, ((name, name),))
    far = Relation(f"of {name}", "Far", "t", True, ((name, name),))
    table = Resource("s", "t", "t", "T", "T", key=(name,), fields=(Field(name, name, "text"),), relations=(near, far))
    schema = Schema("s", "sqlite", {"t": table})
    for expr in (
        Comparison((name,), "eq", name), Comparison((near.name, name), "contains", name),
        Comparison((name,), "in", (name, "x")), Quantified("any", (far.name,), Comparison((name,), "is_null")),
        Count((near.name, far.name), "ge", 2),
    ):  # fmt: skip
        text = print_text(expr, schema, "t")
        assert parse(text, schema, "t") == expr
        assert from_json(json.loads(json.dumps(to_json(expr)))) == expr
        assert url.read({"filter": url.write(expr, schema, "t")}, schema, "t") == expr
