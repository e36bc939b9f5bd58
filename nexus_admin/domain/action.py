"""Everything that can be done is an Action with a name; asking for one is a Call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.target import Target


class Nothing(BaseModel):
    """The input of an action that needs none."""

    model_config = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be asked for by name.

    Args:
        name: Dotted, noun first: `"row.update"`, `"refunds.issue"`.
        input: The model that the caller's data must satisfy.
        run: `run(unit, data) -> result`; called inside the transaction.
        title: What the button says.
        permission: The action's name that a role must grant for it, where that is another one.
        on: `"row"`, `"resource"`, `"source"` or `"house"`: what its target is.
        resource: The only resource (a name or a pattern) whose rows it is offered on; None for every one.
        suits: Further narrows where it is offered, by what the table looks like; None for everywhere.
        danger: True if it cannot be undone; the page then asks first.
        writes: False for a read.
        kept: A read whose ledger entry is always written and waited for (exports, reveals).
        transaction: False for actions that touch no data source (they change only our state, in one transaction).
        outside: True where what it changes keeps itself, such as a queue: it is in no transaction of ours, so its entry
            is durable before and closed after. Only with `transaction=False`.
        background: May take long: a page runs it as a job and shows how far it is, which it says by `unit.progress`.
            Only on rows of a data source.
        named: Of the house: what it does is done to something with a name, by which a role may be narrowed. Whoever may
            do it to anything is let in; the action itself asks about each name.
        icon: Name of an icon.
        gives: The type of what `run` returns, which clients are told; None where nobody says.
        owner: The extension that declared it; the kernel fills it in.
    """

    name: str
    input: type[BaseModel]
    run: Callable[[Any, Any], Any]
    title: str = ""
    permission: str = ""
    on: Literal["row", "resource", "source", "house"] = "row"
    resource: str | None = None
    suits: Callable[[Resource], bool] | None = None
    danger: bool = False
    writes: bool = True
    kept: bool = False
    transaction: bool = True
    outside: bool = False
    background: bool = False
    named: bool = False
    icon: str = "zap"
    owner: str = "nexus"
    gives: Any = field(default=None, compare=False)

    @property
    def needs(self) -> str:
        """The action's name that a role must grant for it."""
        return self.permission or self.name


class Follower(Protocol):
    """Who follows a call while it runs: the job that it is."""

    def began(self, entry: str) -> None:
        """Hear the id of its entry in the ledger."""
        ...

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Hear how far it is; raises Cancelled where it should stop."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One request to run an action.

    Args:
        action: Its name.
        target: What it acts on.
        data: Untrusted input.
        actor: Who asks.
        via: The door: `page`, `rest`, `cli`, `job`, `nested`.
        request: The request's id, address and client, for the audit.
        reason: What the person gave as a reason, if they were asked.
        zone: Name of the time zone that days in *data* are meant in.
        lane: For a read that takes the place of the one before: a later read of the same lane stops this one in the
            database too, so it must name the session, its window and what is read. Empty: none does.
        parent: Id of the ledger's entry that it belongs to: of the job that asks.
        follower: Who hears how far it is.
    """

    action: str
    target: Target
    data: Mapping[str, Any] | BaseModel
    actor: Actor
    via: str = "page"
    request: Mapping[str, str] = field(default_factory=dict, hash=False)
    reason: str | None = None
    zone: str = "UTC"
    lane: str = field(default="", hash=False)
    parent: str = ""
    follower: Follower | None = field(default=None, hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened and been committed.

    Args:
        name: Dotted: `row.updated`.
        target: What it happened to.
        data: What else is to be known.
        actor: Id of who did it.
        by: How they are called.
        id: A ULID, the same however often it is heard; empty for a listener that hears at once.
        at: When it happened; None where nobody noted it.
        version: Of its type, from 1; see `EventModel`.
        call: Id of the ledger's entry of the call that told of it.
        correlation: Shared by all that came of one beginning: the entry of the first call, or the id of the first job.
        causation: Id of the job, event or other call that had that call made; empty where somebody asked themselves.
    """

    name: str
    target: Target
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    actor: str = ""
    by: str = field(default="", compare=False)
    id: str = field(default="", compare=False)
    at: datetime | None = field(default=None, compare=False)
    version: int = field(default=1, compare=False)
    call: str = field(default="", compare=False)
    correlation: str = field(default="", compare=False)
    causation: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """What it happened to, as events are ordered by: those that share it are heard in their order."""
        return "/".join(
            part for part in (self.target.source, self.target.resource, self.target.key) if part is not None
        )
