"""Services: one provider for each type, made when first asked for, for the kernel or for one request; no global."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

from nexus_admin.domain.errors import NexusError

T = TypeVar("T")


class ServiceError(NexusError):
    """A service is not provided, provided twice, or needs itself."""

    code, title = "service", "A service is missing"


class Services:
    """What lives as long as the kernel does, by type; and, in a `scope`, what lives as long as one request.

    A provider is called once, with the services, so that it can ask for what it
    needs; a circle is named instead of recursing.
    """

    def __init__(self) -> None:
        self._providers: dict[type[Any], Callable[[Services], Any]] = {}
        self._of_a_request: set[type[Any]] = set()
        self._made: dict[type[Any], Any] = {}
        self._making: list[type[Any]] = []
        self._lock = threading.RLock()

    def provide(
        self, key: type[T], provider: Callable[[Services], T], lives: Literal["kernel", "request"] = "kernel"
    ) -> None:
        """Say how the service of type *key* is made, and whether it lives with the kernel or with one request.

        Raises:
            ServiceError: somebody has said so already.
        """
        if key in self._providers:
            raise ServiceError(f"Two providers offer {key.__name__}. Remove one.")
        self._providers[key] = provider
        if lives == "request":
            self._of_a_request.add(key)

    def put(self, key: type[T], service: T) -> T:
        """Provide *service* as it is, and return it."""
        self.provide(key, lambda _: service)
        self._made[key] = service
        return service

    def get(self, key: type[T]) -> T:
        """Return the service of type *key*, making it the first time.

        Raises:
            ServiceError: nobody provides it, it needs itself, or it lives for one request and this is none.
        """
        made = self._made.get(key)
        if made is None:
            with self._lock:
                made = self._made.get(key) or self._make(key)
        return cast("T", made)

    def find(self, key: type[T]) -> T | None:
        """Return the service of type *key*, None where nobody provides it."""
        return self.get(key) if key in self._providers else None

    def scope(self) -> Services:
        """Return the services of one request: its own are made in it, once, and all others are the kernel's."""
        return _Scope(self)

    def _make(self, key: type[T]) -> T:
        self._check(key)
        if key in self._of_a_request:
            why = "ask a scope"
            if self._making:
                why = f"{self._making[-1].__name__}, which lives with the kernel, cannot need it"
            raise ServiceError(f"{key.__name__} lives for one request: {why}.")
        return self._called(key, self._providers[key])

    def _check(self, key: type[Any]) -> None:
        if key not in self._providers:
            known = ", ".join(self.known()) or "none"
            raise ServiceError(f"Nobody provides {key.__name__}. There is: {known}.")

    def _called(self, key: type[T], provider: Callable[[Services], T]) -> T:
        if key in self._making:
            circle = " -> ".join(one.__name__ for one in [*self._making, key])
            raise ServiceError(f"Services need each other in a circle: {circle}.")
        self._making.append(key)
        try:
            self._made[key] = made = provider(self)
        finally:
            self._making.pop()
        return made

    def known(self) -> list[str]:
        """Return the names of all types that are provided."""
        return sorted(key.__name__ for key in self._providers)


class _Scope(Services):
    """The services of one request."""

    def __init__(self, kernel: Services) -> None:
        super().__init__()
        self._kernel = kernel

    def find(self, key: type[T]) -> T | None:
        return self.get(key) if key in self._providers or key in self._kernel._providers else None

    def _make(self, key: type[T]) -> T:
        if key in self._providers:
            return self._called(key, self._providers[key])
        if key in self._kernel._of_a_request:
            return self._called(key, self._kernel._providers[key])
        return self._kernel.get(key)

    def known(self) -> list[str]:
        return sorted({*super().known(), *self._kernel.known()})
