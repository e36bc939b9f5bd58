"""Services: one provider for each type, made once when first asked for, and circles are named."""

from __future__ import annotations

import ast
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from nexus_admin.sdk.providers import ServiceError, Services
from tests.architecture.checkout import name, tree, under


class Clock(Protocol):
    def now(self) -> int: ...


class Fixed:
    def now(self) -> int:
        return 7


class Diary:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock


class Reader:
    def __init__(self, diary: Diary) -> None:
        self.diary = diary


@pytest.mark.req("S003-KERN-08")
def test_what_somebody_needs_is_made_for_them_once_and_only_when_it_is_asked_for() -> None:
    made: list[str] = []
    services = Services()

    def diary(of: Services) -> Diary:
        made.append("diary")
        return Diary(of.get(Clock))  # type: ignore[type-abstract]

    services.provide(Reader, lambda of: Reader(of.get(Diary)))  # the order in which they are provided does not matter
    services.provide(Diary, diary)
    services.put(Clock, Fixed())  # type: ignore[type-abstract]
    assert made == []
    reader = services.get(Reader)
    assert reader.diary.clock.now() == 7
    assert services.get(Diary) is reader.diary
    assert services.get(Reader) is reader
    assert made == ["diary"]


@pytest.mark.req("S003-KERN-08")
def test_a_circle_is_named_and_goes_away_with_its_cause() -> None:
    services = Services()
    services.provide(Reader, lambda of: Reader(of.get(Diary)))
    services.provide(Diary, lambda of: Diary(of.get(Reader)))  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(ServiceError, match="in a circle: Reader -> Diary -> Reader"):
            services.get(Reader)


@pytest.mark.req("S003-KERN-08")
def test_a_second_provider_and_a_missing_one_are_named() -> None:
    services = Services()
    services.put(Diary, Diary(Fixed()))
    with pytest.raises(ServiceError, match="Two providers offer Diary"):
        services.provide(Diary, lambda _: Diary(Fixed()))
    with pytest.raises(ServiceError, match="Nobody provides Reader. There is: Diary"):  # noqa: RUF043
        services.get(Reader)
    assert services.known() == ["Diary"]


@pytest.mark.req("S003-KERN-08")
def test_one_that_could_not_be_made_is_tried_again() -> None:
    services, tries = Services(), iter([RuntimeError("not yet"), None])

    def slow(_: Services) -> Diary:
        if error := next(tries):
            raise error
        return Diary(Fixed())

    services.provide(Diary, slow)
    with pytest.raises(RuntimeError, match="not yet"):
        services.get(Diary)
    assert services.get(Diary).clock.now() == 7


@pytest.mark.req("S003-KERN-08")
def test_many_that_ask_at_once_get_the_same_one() -> None:
    services, made, begin = Services(), [], threading.Barrier(8)

    def slow(_: Services) -> Diary:
        made.append(1)
        time.sleep(0.02)
        return Diary(Fixed())

    def ask(_: int) -> int:
        begin.wait()
        return id(services.get(Diary))

    services.provide(Diary, slow)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert len(made) == 1


@pytest.mark.req("S003-KERN-08")
def test_no_module_holds_a_kernel_or_services_for_everybody() -> None:
    held = [
        f"{name(path)}: {ast.unparse(one)[:80]}"
        for path in under("nexus_admin", suffix=".py")
        for one in tree(path).body
        if isinstance(one, (ast.Assign, ast.AnnAssign)) and isinstance(one.value, ast.Call)
        if ast.unparse(one.value.func).rpartition(".")[2] in ("Kernel", "Services", "Hooks", "PluginManager", "Nexus")
    ]
    assert held == []


class Visit:
    """What lives for one request."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock


class Page:
    def __init__(self, visit: Visit) -> None:
        self.visit = visit


def scoped() -> Services:
    services = Services()
    services.provide(Clock, lambda _: Fixed())  # type: ignore[type-abstract]
    services.provide(Visit, lambda of: Visit(of.get(Clock)), "request")  # type: ignore[type-abstract]
    services.provide(Page, lambda of: Page(of.get(Visit)), "request")
    return services


@pytest.mark.req("S003-KERN-08")
def test_what_lives_for_a_request_is_made_once_in_each_and_shares_what_lives_with_the_kernel() -> None:
    services = scoped()
    one, other = services.scope(), services.scope()
    assert one.get(Page).visit is one.get(Visit)
    assert one.get(Page) is one.get(Page)
    assert one.get(Visit) is not other.get(Visit)
    assert one.get(Visit).clock is other.get(Visit).clock is services.get(Clock)  # type: ignore[type-abstract]
    own = other.put(Diary, Diary(Fixed()))
    assert other.find(Diary) is own
    assert one.find(Diary) is services.find(Diary) is None


@pytest.mark.req("S003-KERN-08")
def test_what_lives_with_the_kernel_cannot_need_what_lives_for_a_request() -> None:
    services = scoped()
    services.provide(Reader, lambda of: Reader(of.get(Visit)))  # type: ignore[arg-type]
    for asked in (services, services.scope()):
        with pytest.raises(ServiceError, match="Reader, which lives with the kernel, cannot need it"):
            asked.get(Reader)
    with pytest.raises(ServiceError, match="Visit lives for one request: ask a scope"):
        services.get(Visit)


@pytest.mark.req("S003-KERN-08")
def test_a_circle_within_a_request_is_named() -> None:
    services = Services()
    services.provide(Visit, lambda of: Visit(of.get(Page)), "request")  # type: ignore[arg-type]
    services.provide(Page, lambda of: Page(of.get(Visit)), "request")
    with pytest.raises(ServiceError, match="in a circle: Page -> Visit -> Page"):
        services.scope().get(Page)
