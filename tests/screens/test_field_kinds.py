"""Every field kind of the house keeps the contract that authors of kinds are held to."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from nexus_admin.domain.field_kind import FieldKind
from nexus_admin.domain.kinds import FAMILIES
from nexus_admin.screens.field_kinds import KINDS
from nexus_admin.testing.field_kinds import FieldKindContract

OWN: dict[str, tuple[Any, ...]] = {
    "integer": (7, -3), "decimal": (Decimal("1.50"),), "money": (Decimal("9.90"),), "percent": (Decimal("12.5"),),
    "boolean": (True, False), "date": (date(2026, 2, 28),), "datetime": (datetime(2026, 2, 28, 12, tzinfo=UTC),),
    "time": (time(12, 30),), "duration": (timedelta(hours=2),), "enum": ("a",), "json": ({"a": 1}, [1]),
    "array": ([1, 2],), "binary": (b"abc",), "year": (2026,),
}  # fmt: skip


def contract(one: FieldKind) -> FieldKindContract:
    class Contract(FieldKindContract):
        kind = one
        values = OWN.get(one.name, ("text",))

    return Contract()


@pytest.mark.parametrize("one", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("promise", [name for name in vars(FieldKindContract) if name.startswith("test_")])
def test_the_contract_is_kept(one: FieldKind, promise: str) -> None:
    getattr(contract(one), promise)()


def test_there_is_a_kind_for_every_name_that_introspection_gives() -> None:
    assert sorted(FAMILIES) == sorted(kind.name for kind in KINDS)
