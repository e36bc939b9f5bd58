"""What hooks return that is not a noun of the domain: things with behaviour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any, Literal, Protocol

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.event import EventModel
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.domain.row import Row

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
"""An application as ASGI has it: `app(scope, receive, send)`."""


Broker = Literal["queue", "stream", "pubsub", "store"]
"""What jobs wait in, what events stand in, what tells pages and programs, and what is shared for a while."""


class Policy(Protocol):
    """Narrows what the roles give."""

    def __call__(self, actor: Actor, action: str, source: str, resource: Resource | None) -> Decision | None:
        """Return a denial or a narrower decision, or None for no opinion."""
        ...


@dataclass(frozen=True, slots=True)
class Listener:
    """Called with each event whose name fits.

    Args:
        pattern: A name, or one with a `*`: `"row.*"`.
        hear: `hear(event)`. Where it is durable, it may hear an event twice after a crash.
        durable: Hears from the stream of the house, behind the commit and in a thread of its own: what happens while
            nobody is there is heard later, what raises is tried again, and is set aside after five times. Events of one
            row come in their order. Else it hears at once, in the process in which it happened, or never.
        name: What its group is called, where it is durable: letters, digits, `.`, `_`, `-`. A new name begins with what
            happens from then on.
        models: The types that it hears, where it is typed: `hear(heard)` then; made by `@on`.
    """

    pattern: str
    hear: Callable[[Any], object]
    owner: str = "nexus"
    durable: bool = False
    name: str = ""
    models: tuple[type[EventModel], ...] = ()


@dataclass(frozen=True, slots=True)
class Exporter:
    """A format that `rows.export` can write.

    Args:
        ending: The file's ending, `csv`; also the format's name.
        title: What people read.
        content_type: For HTTP.
        write: `write(fields, rows) -> chunks of bytes`; streams, holds no more than a page of rows.
    """

    ending: str
    title: str
    content_type: str
    write: Callable[[Sequence[Field], Iterable[Row]], Iterable[bytes]]
    owner: str = "nexus"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that `nexus check` looks at; `run(kernel) -> sentences`, none when all is well."""

    name: str
    run: Callable[[Any], Iterable[str]]
    owner: str = "nexus"


@dataclass(frozen=True, slots=True)
class SourceDriver:
    """What opens a kind of database or service, to look at: whatever it is, through an engine of SQLAlchemy's.

    Its sources are named in `nexus.toml` or on the command line, by who runs the server; nobody connects one by clicks.

    Args:
        name: Begins with the extension's own, e.g. `sheets.csv`.
        schemes: Schemes of addresses that it opens, in small letters; none that Nexus opens itself.
        open: `open(url) -> sqlalchemy.Engine`, not connected yet; called once for those who read. What it raises
            makes the source one that does not answer, and is tried again.
        dialect: What SQL that engine speaks, as SQLAlchemy calls it.
    """

    name: str
    schemes: tuple[str, ...]
    open: Callable[[str], Any]
    dialect: str = "sqlite"
    owner: str = "nexus"


@dataclass(frozen=True, slots=True)
class Middleware:
    """Stands around every request and its answer.

    It stands behind the steps of the house `nexus.headers`, `nexus.packing` and `nexus.gate`, so it meets requests of
    known people alone, none that another site sent, and what it answers has the headers of every answer. Behind the
    gate, `scope["nexus.actor"]` is who asks.

    Args:
        name: Begins with the extension's own, e.g. `timing.header`.
        wrap: `wrap(app) -> app`; called anew when extensions come or go.
        before: Names of what it stands around: it sees a request earlier, and the answer later. Whoever names a step
            of the house stands before that one, and meets what that one would have kept away.
        after: Names of what stands around it. A middleware of another extension need not be there.
    """

    name: str
    wrap: Callable[[AsgiApp], AsgiApp]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    owner: str = "nexus"


@dataclass(frozen=True, slots=True)
class Engine:
    """What keeps one of the brokers, in the place of the house's own engine.

    Args:
        broker: Which one.
        make: `make() -> engine`, called once at the start. The engine passes the contract suite of its broker, which is
            in `nexus_admin.testing.brokers`, as far as its `capabilities` go. What is asked of it and is not among
            them is refused at the start and by `nexus check`, by name.
    """

    broker: Broker
    make: Callable[[], Any]
    owner: str = "nexus"
