"""Our data classes can what those of the standard library can, and write their constructor when it is needed."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from nexus_admin.domain.dataclass import _dataclass as ours  # as it is when it runs: types see the library's

T = TypeVar("T")
Make = Callable[..., Any]
BOTH = pytest.mark.parametrize("make", [ours, dataclasses.dataclass], ids=["ours", "library"])
WAYS = pytest.mark.parametrize(
    "given", [{}, {"slots": True}, {"frozen": True}, {"frozen": True, "slots": True}], ids=str
)


@ours(frozen=True, slots=True)
class Coin:
    """At the top of a module, where pickle finds it."""

    cents: int
    country: str = "FR"
    marks: list[str] = field(default_factory=list)


def made(make: Make, **given: Any) -> Any:
    @make(**given)
    class Order:
        number: int
        status: str = "paid"
        lines: list[int] = field(default_factory=list)
        note: str = field(default="", compare=False)
        secret: str = field(default="x", repr=False)
        weight: int = field(default=0, hash=False)
        total: int = field(init=False, default=7)
        seen: list[int] = field(init=False, default_factory=list)
        rush: bool = field(default=False, kw_only=True)
        KIND: ClassVar[str] = "order"

        @property
        def twice(self) -> int:
            return self.number * 2

    return Order


@BOTH
@WAYS
def test_a_constructor_takes_places_names_and_defaults(make: Make, given: dict[str, Any]) -> None:
    order = made(make, **given)
    one = order(1, "sent", rush=True, weight=3)
    assert [getattr(one, each.name) for each in fields(one)] == [1, "sent", [], "", "x", 3, 7, [], True]
    assert one.twice == 2
    assert one.lines is not order(1).lines
    assert order.KIND == "order"
    assert order.__match_args__ == ("number", "status", "lines", "note", "secret", "weight")
    for wrong in (lambda: order(), lambda: order(1, total=2), lambda: order(1, size=2), lambda: order(*range(7))):
        with pytest.raises(TypeError, match=r"Order\.__init__\(\) "):
            wrong()


@BOTH
@WAYS
def test_objects_are_equal_where_their_fields_are(make: Make, given: dict[str, Any]) -> None:
    order, other = made(make, **given), made(make, **given)
    assert order(1, note="a") == order(1, note="b")
    assert order(1) != order(2)
    assert order(1) != other(1)
    assert order(1) != 1
    assert repr(order(1, lines=[4])).endswith(
        "Order(number=1, status='paid', lines=[4], note='', weight=0, total=7, seen=[], rush=False)"
    )


@BOTH
def test_what_cannot_change_is_a_key_and_what_can_is_none(make: Make) -> None:
    @make(frozen=True)
    class Place:
        x: int
        y: int = field(default=0, hash=False)

    @make
    class Pen:
        x: int

    @make(frozen=True, slots=True)
    class Nothing: ...

    @make(frozen=True)
    class Own:
        x: int

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "own"

    assert hash(Place(1, 2)) == hash(Place(1, 3)) == hash((1,))
    assert hash(Nothing()) == hash(())
    assert Nothing() == Nothing()
    assert Own(1) == Own(2)
    assert (hash(Own(1)), repr(Own(1))) == (hash((1,)), "own")
    with pytest.raises(TypeError, match="unhashable"):
        hash(Pen(1))


@BOTH
@pytest.mark.parametrize("slots", [True, False])
def test_what_is_frozen_refuses_changes_and_what_is_not_takes_them(make: Make, slots: bool) -> None:
    frozen, open_ = made(make, frozen=True, slots=slots)(1), made(make, slots=slots)(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'number'"):
        frozen.number = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'number'"):
        del frozen.number
    open_.number = 2
    assert open_.number == 2
    assert hasattr(frozen, "__dict__") is not slots


@BOTH
@WAYS
def test_the_library_s_functions_know_them(make: Make, given: dict[str, Any]) -> None:
    @make(**given)
    class Size:
        width: int
        parts: tuple[Any, ...] = ()

    one = Size(1, (Size(2),))
    assert dataclasses.is_dataclass(Size)
    assert dataclasses.replace(one, width=3) == Size(3, (Size(2),))
    assert dataclasses.asdict(one) == {"width": 1, "parts": ({"width": 2, "parts": ()},)}
    assert copy.deepcopy(one) == copy.copy(one) == one
    match one:
        case Size(width, parts):
            assert (width, parts) == (1, (Size(2),))


def test_one_that_is_frozen_and_has_slots_can_be_pickled() -> None:
    coin = Coin(5, marks=["a"])
    assert pickle.loads(pickle.dumps(coin)) == coin


@BOTH
def test_what_is_done_behind_the_constructor_is_done(make: Make) -> None:
    @make(frozen=True, slots=True)
    class Temperature:
        celsius: float
        kelvin: float = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "kelvin", self.celsius + 273)

    assert Temperature(1.0).kelvin == 274


@BOTH
def test_classes_may_inherit_from_them(make: Make) -> None:
    @make(frozen=True)
    class Base(Generic[T]):
        x: T

    @make(frozen=True)
    class Data(Base[int]):
        y: int = 0

    class Plain(Base[int]):
        z: int

    plain = Plain(1)
    object.__setattr__(plain, "z", 3)
    assert (Data(1, 2).x, Data(1, 2).y, plain.x, plain.z) == (1, 2, 1, 3)
    assert Data(1) != Base(1)
    with pytest.raises(FrozenInstanceError):
        Data(1).x = 2
    with pytest.raises(FrozenInstanceError):
        plain.x = 2
    plain.other = 4
    assert plain.other == 4

    with pytest.raises(TypeError, match="non-frozen"):
        dataclasses.dataclass(type("Open", (Base,), {}))


@BOTH
def test_what_is_seldom_asked_for_is_there(make: Make) -> None:
    @make(frozen=True, order=True)
    class Version:
        major: int

    @make(eq=False)
    class Self:
        x: int

    assert sorted([Version(2), Version(1)]) == [Version(1), Version(2)]
    assert Self(1) != Self(1)


def test_a_constructor_is_written_when_the_first_object_is_made_and_once() -> None:
    order = made(ours)
    late = order.__init__
    order(1)
    written = order.__init__
    order(2)
    assert written is not late
    assert order.__init__ is written
