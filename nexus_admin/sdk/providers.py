"""Services: one provider for each type, made when first asked for, and no global."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from nexus_admin.domain.errors import NexusError

T = TypeVar("T")


class ServiceError(NexusError):
    """A service is not provided, provided twice, or needs itself."""

    code, title = "service", "A service is missing"


class Services:
    """What lives as long as the kernel does, by type.

    A provider is called once, with the services, so that it can ask for what it
    needs; a circle is named instead of recursing.
    """

    def __init__(self) -> None:
        self._providers: dict[type[Any], Callable[[Services], Any]] = {}
        self._made: dict[type[Any], Any] = {}
        self._making: list[type[Any]] = []
        self._lock = threading.RLock()

    def provide(self, key: type[T], provider: Callable[[Services], T]) -> None:
        """Say how the service of type *key* is made.

        Raises:
            ServiceError: somebody has said so already.
        """
        if key in self._providers:
            raise ServiceError(f"Two providers offer {key.__name__}. Remove one.")
        self._providers[key] = provider

    def put(self, key: type[T], service: T) -> T:
        """Provide *service* as it is, and return it."""
        self.provide(key, lambda _: service)
        self._made[key] = service
        return service

    def get(self, key: type[T]) -> T:
        """Return the service of type *key*, making it the first time.

        Raises:
            ServiceError: nobody provides it, or it needs itself.
        """
        made = self._made.get(key)
        if made is None:
            with self._lock:
                made = self._made.get(key) or self._make(key)
        return cast("T", made)

    def find(self, key: type[T]) -> T | None:
        """Return the service of type *key*, None where nobody provides it."""
        return self.get(key) if key in self._providers else None

    def _make(self, key: type[T]) -> T:
        if key not in self._providers:
            known = ", ".join(sorted(one.__name__ for one in self._providers)) or "none"
            raise ServiceError(f"Nobody provides {key.__name__}. There is: {known}.")
        if key in self._making:
            circle = " -> ".join(one.__name__ for one in [*self._making, key])
            raise ServiceError(f"Services need each other in a circle: {circle}.")
        self._making.append(key)
        try:
            self._made[key] = made = self._providers[key](self)
        finally:
            self._making.pop()
        return cast("T", made)

    def known(self) -> list[str]:
        """Return the names of all types that are provided."""
        return sorted(key.__name__ for key in self._providers)
