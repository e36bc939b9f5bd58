"""One request of a program as an endpoint sees it, and the door that it came through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel
from starlette.responses import Response

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import text_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import UnsupportedMedia
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.web.api.body import read_json

JSON_TYPES = ("application/json", "application/merge-patch+json")


@dataclass
class ApiCall:
    """One request.

    Args:
        kernel: What answers.
        actor: Who asks.
        method: `GET`, `POST`, …
        path: Path parameters as they stand in the address.
        query: The query string; the last of several values counts.
        headers: By lower-case name.
        body: As it came.
        facts: The request's id, address and client, for the audit.
        base: Where we are mounted, `""` for the root.
        here: The address below that, without its query.
    """

    kernel: Kernel
    actor: Actor
    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    facts: Mapping[str, str]
    base: str
    here: str

    def perform(self, action: str, target: Target, data: Mapping[str, Any] | None = None) -> Any:
        """Run an action on the one path, as this actor."""
        return self.kernel.perform(Call(action, target, data or {}, self.actor, "rest", self.facts))

    @cached_property
    def target(self) -> Target:
        """What the address names."""
        resource = self.path.get("resource")
        return Target(
            text_of(self.path["source"]), text_of(resource) if resource is not None else None, self.path.get("key")
        )

    def asked(self, *names: str) -> dict[str, str]:
        """Return those of *names* that the query string gives, with their texts."""
        return {name: self.query[name] for name in names if self.query.get(name)}

    def json(self, *, exact: bool = False) -> Any:
        """Return what the body holds.

        Args:
            exact: Numbers with a point as Decimal: for values of rows.

        Raises:
            UnsupportedMedia: it does not say that it is JSON: then another site's form could have sent it.
            BadRequest: it is no JSON, or holds what no value can be.
        """
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in JSON_TYPES:
            raise UnsupportedMedia(
                f"Send JSON with `Content-Type: application/json`, not {kind[:80] or 'without one'!r}."
            )
        return read_json(self.body, exact=exact)

    def address(self, target: Target) -> str:
        """Return where *target* stands in the API."""
        return f"{self.base}/api/v1/{target.path.removeprefix('/s/')}"

    def with_query(self, **changes: str | None) -> str:
        """Return the address of this request with parts of its query changed, or left out where None."""
        parts = {**self.query, **changes}
        query = urlencode({name: text for name, text in parts.items() if text is not None})
        return f"{self.base}{self.here}{'?' if query else ''}{query}"


Handler = Callable[[ApiCall], Response]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One part of a query string, or a header, for the description."""

    name: str
    about: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    place: str = "query"


@dataclass(frozen=True, slots=True)
class ApiDoor:
    """One operation: its address, what answers, the permission that it declares, and how it is described.

    Args:
        path: As Starlette spells it.
        handle: `handle(call) -> response`, run in a thread.
        needs: An action's name, PUBLIC or SIGNED_IN.
        method: One HTTP method; HEAD comes with GET.
        summary: One sentence.
        name: The operation's id in the description.
        takes: What the body must look like: a model, or the name of a schema in the description.
        gives: The name of a schema in the description; "" for no body.
        status: Of an answer that went well.
        parameters: Of the query string and among the headers.
        types: Content types of the answer.
        group: The heading in the description.
    """

    path: str
    handle: Handler
    needs: str
    method: str
    summary: str
    name: str
    takes: type[BaseModel] | str | None = None
    gives: str = ""
    status: int = 200
    parameters: tuple[Parameter, ...] = ()
    types: tuple[str, ...] = ("application/json",)
    group: str = "Rows"

    @property
    def methods(self) -> tuple[str, ...]:
        """What the router is told."""
        return (self.method,)
