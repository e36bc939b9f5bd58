"""`dataclass`, as the standard library has it, for a program of five hundred of them that must start quickly.

The standard library writes six methods for each class as text and compiles them, when the class is made: that was a
quarter of the processor time of a start, for classes of which most are not used before some page is asked for. Here a
constructor is compiled when the first object is made, and all other methods are shared or put together without text.
What a class can do is the same; see `docs/decisions/0013-data-classes-write-their-constructor-late.md`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_LEFT_OUT: Any = object()


def _dataclass(cls: type[Any] | None = None, /, *, frozen: bool = False, slots: bool = False, **more: Any) -> Any:
    """Make *cls* a data class; for what is seldom asked for, and where it inherits from one, as the library does."""

    def make(cls: type[Any]) -> Any:
        if more or any(hasattr(base, "__dataclass_fields__") for base in cls.__bases__):
            return dataclasses.dataclass(frozen=frozen, slots=slots, **more)(cls)
        own = dict(vars(cls))
        made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
        if "__init__" not in own:
            _begin(made, frozen)
        if "__repr__" not in own:
            made.__repr__ = _repr
        _compare(made, own, frozen)
        if frozen:
            _freeze(made, slots)
        return made

    return make if cls is None else make(cls)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


def _begin(made: Any, frozen: bool) -> None:
    """Give *made* a constructor that writes the real one when it is first called."""

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807 - it becomes the class's own
        made.__init__ = _constructor(made, frozen)
        made.__init__(self, *given, **named)

    made.__init__ = __init__


def _constructor(made: Any, frozen: bool) -> Any:
    known: dict[str, Any] = {"__put": object.__setattr__, "__left_out": _LEFT_OUT}
    plain, named, body = ["self"], list[str](), list[str]()
    for one in fields(made):
        default, value = _given(one, known)
        if one.init:
            (named if one.kw_only else plain).append(one.name + default)
        if value:
            body.append(f"__put(self, {one.name!r}, {value})" if frozen else f"self.{one.name} = {value}")
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join([*plain, *(["*", *named] if named else [])])
    exec(f"def __init__({parameters}):\n  " + "\n  ".join(body or ["pass"]), known)
    known["__init__"].__qualname__ = f"{made.__qualname__}.__init__"
    return known["__init__"]


def _given(one: Field[Any], known: dict[str, Any]) -> tuple[str, str]:
    """Return what stands behind the parameter, and what the field becomes; "" where nothing does.

    Args:
        one: A field.
        known: Gets what both name.
    """
    if one.default_factory is not MISSING:
        known[f"__make_{one.name}"] = one.default_factory
        made = f"__make_{one.name}()"
        return "=__left_out", f"{made} if {one.name} is __left_out else {one.name}" if one.init else made
    if one.default is not MISSING:
        known[f"__default_{one.name}"] = one.default
        return f"=__default_{one.name}", one.name if one.init else f"__default_{one.name}"
    return "", one.name if one.init else ""


@recursive_repr()
def _repr(self: Any) -> str:
    said = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({said})"


def _compare(made: Any, own: dict[str, Any], frozen: bool) -> None:
    """Let objects be equal where their fields are, and be keys where they cannot change."""
    all_of = _tuple_of([one.name for one in fields(made) if one.compare])

    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
        return all_of(self) == all_of(other) if other.__class__ is self.__class__ else NotImplemented

    hashed = _tuple_of([one.name for one in fields(made) if (one.compare if one.hash is None else one.hash)])

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(hashed(self))

    if "__eq__" not in own:
        made.__eq__ = __eq__
    if "__hash__" not in own or (own["__hash__"] is None and "__eq__" in own):  # None is what Python puts there
        made.__hash__ = __hash__ if frozen else None


def _tuple_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)


def _freeze(made: Any, slots: bool) -> None:
    """Let nobody change an object of *made*."""
    made.__dataclass_params__.frozen = True  # what inherits from it must be so too
    names = frozenset(one.name for one in fields(made))

    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807
        if type(self) is made or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(made, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        if type(self) is made or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(made, self).__delattr__(name)

    made.__setattr__, made.__delattr__ = __setattr__, __delattr__
    if slots:  # else copying and pickling would set them
        made.__getstate__ = made.__dict__.get("__getstate__", _state)
        made.__setstate__ = made.__dict__.get("__setstate__", _restore)


def _state(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in fields(self)]


def _restore(self: Any, state: Sequence[Any]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)
