"""Asking: checked, compiled, executed, shaped."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from nexus_admin.analytics.ask import Ask, shaped
from nexus_admin.domain.errors import UnknownField
from nexus_admin.domain.query import Dimension, Measure, Query, ResultColumn
from nexus_admin.testing.schemas import shop

SHOP = shop()


def asking(rows: Sequence[Sequence[Any]], seen: list[Query] | None = None) -> Ask[Query]:
    def compiled(query: Query) -> Query:
        if seen is not None:
            seen.append(query)
        return query

    return Ask(SHOP, None, compiled, lambda query: rows[: query.limit])


def test_one_row_more_than_the_limit_is_asked_for_to_know_whether_there_are_more() -> None:
    seen: list[Query] = []
    query = Query("shop", "orders", dimensions=(Dimension(("status",), "status"),), limit=2)
    result = asking([("open",), ("paid",), ("shipped",)], seen)(query)
    assert seen[0].limit == 3
    assert result.rows == (("open",), ("paid",))
    assert result.truncated


def test_an_answer_within_the_limit_is_whole() -> None:
    query = Query("shop", "orders", measures=(Measure("count", "count"),), limit=1)
    result = asking([(4,)])(query)
    assert result.rows == ((4,),)
    assert not result.truncated
    assert result.took_ms >= 0


def test_a_wrong_question_never_reaches_the_database() -> None:
    seen: list[Query] = []
    with pytest.raises(UnknownField):
        asking([], seen)(Query("shop", "orders", dimensions=(Dimension(("nope",), "nope"),)))
    assert seen == []


@pytest.mark.parametrize(
    ("kind", "grain", "raw", "value"),
    [
        ("integer", None, 3.0, 3),
        ("integer", None, Decimal("3"), 3),
        ("money", None, 19.990000000000002, Decimal("19.99")),
        ("money", None, 1234.5678, Decimal("1234.5678")),
        ("decimal", None, Decimal("3.33333333333333333333"), Decimal("3.3333333333")),
        ("date", "month", "2026-03-01", date(2026, 3, 1)),
        ("date", "month", "2026-03-01 00:00:00", date(2026, 3, 1)),
        ("date", "day", datetime(2026, 3, 1), date(2026, 3, 1)),
        ("datetime", "hour", "2026-03-01 05:00:00", datetime(2026, 3, 1, 5)),
        ("datetime", "hour", datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC)),
        ("date", "month", "0000-00-00", "0000-00-00"),
        ("text", None, None, None),
    ],
)
def test_values_are_shaped_by_their_column(kind: str, grain: str | None, raw: Any, value: Any) -> None:
    found = shaped(raw, ResultColumn("x", kind, grain=grain))
    assert found == value
    assert type(found) is type(value)
