"""What is left of a value that may not be read."""

from datetime import date
from decimal import Decimal

import pytest

from nexus_admin.access.masks import mask
from nexus_admin.domain.kinds import FAMILIES
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Unreadable


@pytest.mark.parametrize(
    ("kind", "value", "shape"),
    [
        ("email", "hannah.vogel@example.com", "h•••@example.com"),
        ("email", "h@example.com", "h•••@example.com"),
        ("email", "not an email", "••••"),
        ("email", "a@b@c", "••••"),
        ("email", "@example.com", "••••"),
        ("phone", "+49 151 2345641", "••• 41"),
        ("phone", "112", "••••"),
        ("text", "Hannah Vogel", "H•••"),
        ("text", "Jon", "••••"),
        ("long_text", "A long story.", "A•••"),
        ("integer", 1234567, "••••"),
        ("money", Decimal("12.50"), "••••"),
        ("date", date(2024, 1, 2), "••••"),
        ("boolean", True, "••••"),
        ("enum", "cancelled", "••••"),
        ("country", "FR", "••••"),
        ("url", "https://example.com/reset/abc", "••••"),
        ("json", {"a": 1}, "••••"),
        ("text", None, "••••"),
        ("email", None, "••••"),
        ("text", "", "••••"),
        ("text", Unreadable("raw bytes"), "••••"),
        ("secret", "hunter2hunter2", "••••"),
        ("a kind of an extension", "value", "••••"),
    ],
)
def test_a_shape_tells_the_kind_and_no_more(kind: str, value: object, shape: str) -> None:
    assert mask(Field("x", "X", kind), value).shape == shape


@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_no_shape_tells_how_long_the_value_was(kind: str) -> None:
    values = ("hannah", "hannah" * 50)
    shapes = {mask(Field("x", "X", kind), value).shape for value in values}
    assert len(shapes) == 1


def test_a_secret_has_no_shape_whatever_its_kind() -> None:
    for kind in FAMILIES:
        for value in ("hannah@example.com", "s3cr3t", "+49 151 2345641", None):
            assert mask(Field("x", "X", kind, secret=True), value).shape == "••••"
