"""Small answers for widgets."""

from collections.abc import Sequence
from typing import Any

from nexus_admin.sdk import Query, Result, Schema, Widget
from nexus_admin.sdk import ResultColumn as Column
from nexus_admin.testing.schemas import shop

SHOP: Schema = shop()


def asked(widget: Widget, **options: Any) -> tuple[Any, Sequence[Query]]:
    made = widget.options.model_validate({"source": "shop", **options})
    assert widget.queries is not None
    return made, [one for one in widget.queries(made, SHOP) if isinstance(one, Query)]


def answer(columns: Sequence[Column], *rows: tuple[Any, ...], links: Sequence[str] = ()) -> Result:
    return Result(tuple(columns), rows, 1.0, links=tuple(links))


def number(value: Any, kind: str = "integer", unit: str | None = None) -> Result:
    return answer([Column("value", kind, unit)], (value,), links=["/s/shop/orders"])
