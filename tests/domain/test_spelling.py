"""JSON that is written often is what `json.dumps` writes."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.domain.spelling import json_writer

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES, st.booleans(), st.booleans())
def test_it_is_what_dumps_writes(value: object, ascii_only: bool, ordered: bool) -> None:
    write = json_writer(ensure_ascii=ascii_only, sort_keys=ordered)
    assert write(value) == json.dumps(value, ensure_ascii=ascii_only, sort_keys=ordered, separators=(",", ":"))


def test_what_json_has_no_word_for_is_refused_or_given_one() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_writer(allow_nan=False)([math.inf])
    with pytest.raises(TypeError, match="Decimal"):
        json_writer()({"price": Decimal("1.50")})
    assert json_writer(default=str)({"price": Decimal("1.50")}) == '{"price":"1.50"}'


def test_what_holds_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(RecursionError):
        json_writer()(endless)
