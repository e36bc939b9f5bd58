"""What the brokers carry comes out as it was put in, of the very same types."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.brokers.content import JSON, Content, content_of

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda one: st.lists(one) | st.dictionaries(st.text(), one), max_leaves=20)


@given(VALUES)
def test_a_value_comes_out_as_it_was_put_in(value: Any) -> None:
    content = content_of(value)
    assert content.type == JSON
    assert repr(content.value) == repr(json.loads(content.data))
    assert content.value == value


@pytest.mark.parametrize("value", [-0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 10**400, -(2**63), 1e16, 1e22])
def test_a_number_is_that_number(value: float) -> None:
    assert repr(content_of(value).value) == repr(value)


def test_what_is_nested_deeply_comes_out_too() -> None:
    value: list[Any] = []
    for _ in range(600):
        value = [value]
    assert content_of(value).value == value


def test_half_a_letter_that_another_program_wrote_is_read() -> None:
    assert Content(b'["\\ud800"]', JSON).value == ["\ud800"]


def test_what_comes_out_is_made_anew() -> None:
    content = content_of({"a": [1]})
    content.value["a"].append(2)
    assert content.value == {"a": [1]}
