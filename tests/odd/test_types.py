"""Every type of every engine is listed, sorted, filtered by its own values and saved untouched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from nexus_admin.data.introspect import introspect
from nexus_admin.data.source import DataSource
from nexus_admin.data.values.show import to_text
from nexus_admin.domain.errors import BadExpression, BadRequest
from nexus_admin.domain.expression import Comparison
from nexus_admin.domain.kinds import family, operators
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import ListRequest, Unreadable
from nexus_admin.language.text import parse, print_text
from nexus_admin.testing.contract_world import User
from tests.odd.making import stored

PLAIN = ("eq", "ne", "lt", "le", "gt", "ge", "contains", "starts_with", "ends_with", "not_contains")
BARE = ("is_null", "not_null", "is_empty", "not_empty")
ODD_HERE = {"t_boolean", "t_date", "t_moment", "t_clock", "t_scaled", "t_whole", "t_uuid", "t_inet", "t_text",
            "t_money", "t_json", "t_broken", "t_none"}  # fmt: skip
UNASKED = {
    "sqlite": ODD_HERE | {"t_blob"},  # in which there is text, too
    "postgresql": {"t_fixed", "t_pair"},
    "mysql": {"t_flag", "t_double"},
}
"""Tables with values that no filter can name: not of their column's type, or padded."""


@pytest.fixture(scope="module")
def user(odd: str) -> Iterator[User]:
    source = DataSource("odd", odd, read_only=False)
    source.use(introspect(source.reader, "odd"))
    yield User(source)
    source.close()


def odd_tables(user: User) -> dict[str, Field]:
    found = user.source.schema.resources
    return {name: one.by_name["v"] for name, one in found.items() if name.startswith("t_") and name != "t_shape"}


def listed(user: User, name: str, **more: Any) -> Any:
    return user.read.list(name, ListRequest(fields=("id", "v"), **{"limit": 100, "sort": ("id",), **more}))


def test_every_type_has_filters_of_its_own_and_pages_in_its_order(user: User) -> None:
    for name, field in odd_tables(user).items():
        everything = sorted(map(str, listed(user, name).keys))
        for op in BARE:
            if op in operators(field.kind):
                listed(user, name, where=Comparison(("v",), op))
        for sort in ("v", "-v"):
            keys: list[Any] = []
            cursor = None
            with suppress(BadExpression):
                while name != "t_broken" and len(keys) <= len(everything):
                    page = listed(user, name, sort=(sort,), limit=2, cursor=cursor)
                    keys, cursor = keys + page.keys, page.next
                    if cursor is None:
                        break
                assert name == "t_broken" or sorted(map(str, keys)) == everything, (name, sort)
        with suppress(BadRequest):
            user.read.facets(name, "v")


def test_every_value_is_found_by_itself(user: User) -> None:
    schema = user.source.schema
    for name, field in odd_tables(user).items():
        page = listed(user, name)
        for row, key in zip(page.rows, page.keys, strict=True):
            value = row["v"]
            if value is None or family(field.kind) in ("array", "json", "opaque"):
                continue
            value = value.text if isinstance(value, Unreadable) else value
            for op in set(PLAIN) & set(operators(field.kind)):
                asked = Comparison(("v",), op, to_text(field, value) if op not in ("eq", "ne") else value)
                try:
                    found = listed(user, name, where=asked)
                except BadExpression:
                    assert name in UNASKED[schema.dialect], (name, op, value)
                    continue
                if name not in UNASKED[schema.dialect]:
                    assert (key in found.keys) is (op in ("eq", "le", "ge", *PLAIN[6:9])), (name, op, value)
                    text = print_text(asked, schema, name)
                    assert listed(user, name, where=parse(text, schema, name)).keys == found.keys


def test_a_save_that_touched_nothing_writes_nothing(user: User, odd: str) -> None:
    for name, field in odd_tables(user).items():
        before = stored(odd, name)
        page = listed(user, name)
        for row, key in zip(page.rows, page.keys, strict=True):
            form = {"v": to_text(field, row["v"])} if field.writable else {}
            assert user.write.update(name, key, form, form).fields() == (), (name, row)
        assert stored(odd, name) == before


def test_a_value_beside_an_odd_one_is_saved_and_the_odd_one_stays(user: User, odd: str) -> None:
    for name in odd_tables(user):
        before = [row[1] for row in stored(odd, name)]
        for key in listed(user, name).keys:
            user.write.update(name, key, {"other": "changed"})
        assert [row[1] for row in stored(odd, name)] == before
