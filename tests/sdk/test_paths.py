"""Field paths as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.domain.errors import BadExpression, UnknownField
from nexus_admin.sdk import field_at, path_of, path_text, path_title
from nexus_admin.testing.schemas import shop

SHOP = shop()


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4).map(tuple))
def test_any_path_survives_being_written(path: tuple[str, ...]) -> None:
    assert path_of(path_text(path)) == path


@pytest.mark.parametrize("wrong", ["", ".", "a.", ".a", "a..b", "`a", "a`b`", "``"])
def test_what_is_no_path_is_said(wrong: str) -> None:
    with pytest.raises(BadExpression, match="is not a field path"):
        path_of(wrong)


def test_a_path_leads_to_a_field_and_has_a_title() -> None:
    assert field_at(SHOP, "order_items", ("order", "customer", "country")).name == "country"
    assert path_title(SHOP, "order_items", ("order", "customer", "country")) == "Order › Customer › Country"
    with pytest.raises(UnknownField, match="Did you mean 'customer'"):
        field_at(SHOP, "orders", ("custommer", "country"))
    with pytest.raises(BadExpression, match="leads to many"):
        field_at(SHOP, "orders", ("items", "price"))
