"""Who is asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. There is always one: unattended work asks as `Actor.system("nightly-sync")`.

    Args:
        id: `user:<ulid>`, `token:<ulid>`, `system:<reason>` or `anonymous`.
        kind: What stands behind the id.
        name: How people call them.
        email: For people and their tokens.
        roles: Names of the roles they hold, inheritance already walked.
        attributes: What rules may ask for as `me.<attribute>`; always has `id` and `email`.
        version: Rises when their roles or rights change; part of every cache key.
        scopes: For tokens: action patterns such as `row.*`; None means all that the roles give.
        session: Id of the session or token that they came with.
        denials: Roles whose denials bind although their grants do not count: those that a token was narrowed away from.
    """

    id: str
    kind: Literal["person", "token", "system", "anonymous"] = "person"
    name: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    version: int = 0
    scopes: tuple[str, ...] | None = None
    session: str | None = None
    denials: tuple[str, ...] = ()

    @classmethod
    def system(cls, reason: str) -> Actor:
        """Return the actor of unattended work; *reason* stands in the audit."""
        return cls(id=f"system:{reason}", kind="system", name=reason)

    @classmethod
    def anonymous(cls) -> Actor:
        """Return the actor of a request that nobody signed in for."""
        return cls(id="anonymous", kind="anonymous", name="Nobody")

    @property
    def signed_in(self) -> bool:
        """Whether anybody stands behind it."""
        return self.kind != "anonymous"
