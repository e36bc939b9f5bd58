"""Rows as pages follow them: `rows/{source}/{resource}` and below, told under each viewer's own decision.

Of a row that they may not see, a viewer is told nothing: not that it changed, not that it left what they may see, and
of a row that is gone only where no rule asks what stood in it, as in its history. A change of hidden columns alone is
none. So every row is looked up again for them before a word is said; those whose rights depend on no row need no look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.actions.answers import Answers
from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.live.topics import LiveTopic, LiveTopics, News, Told, names_of
from nexus_admin.actions.narrowing import visible
from nexus_admin.actions.rows.listing import Listing, ListInput, list_request
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.telling import ROWS, Telling
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.data.values.keys import key_values
from nexus_admin.domain.action import Action, Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadRequest, NexusError
from nexus_admin.domain.expression import And, Comparison, Expression, Or, both
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.target import Target
from nexus_admin.sdk.providers import Services

AT_ONCE = 500
"""Keys that are looked up in one statement."""
SOME = 100
"""Rows of a list that are asked for by their keys at once."""
HERE = "here"
SIGHT = ("row.list", "row.read")


class VisibleInput(BaseModel):
    """Which rows are asked about."""

    model_config = ConfigDict(extra="forbid")

    keys: list[str] = Field(max_length=AT_ONCE, description="Key segments.")


def visible_rows(unit: Unit, data: VisibleInput) -> set[str]:
    """Return those of the keys whose rows the actor may list and read now."""
    return visible(unit, unit.target.resource or "", data.keys)


class SomeInput(ListInput):
    """Which rows of a list."""

    keys: list[str] = Field(max_length=SOME, description="Key segments.")


def some_rows(unit: Unit, data: SomeInput) -> Listing:
    """Return those of the rows with these keys that a list would show, on whichever page."""
    assert unit.source is not None
    schema = unit.source.schema
    resource = schema.resource(unit.target.resource or "")
    if not resource.key:
        raise BadRequest(f"The rows of {resource.title} have no key, so they cannot be asked for by it.")
    among = Or(tuple(filter(None, (_the_row(resource, key, unit.source.dialect) for key in data.keys))))
    request = list_request(unit, resource.name, data.model_copy(update={"limit": SOME, "after": None, "offset": 0}))
    request = replace(request, where=both(request.where, among))
    return Listing(schema, resource, unit.decision, request, unit.all_rows.list(resource.name, request))


def _the_row(resource: Resource, key: str, dialect: str) -> Expression | None:
    """Return what only the row with this key satisfies; None where no row can have such a key."""
    try:
        values = key_values(resource, key, dialect)
    except BadRequest:
        return None
    return And(tuple(Comparison((name,), "eq", value) for name, value in values.items())) if values else None


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one actor may see of one table: both decisions about its rows."""

    listed: Decision
    read: Decision

    @property
    def allowed(self) -> bool:
        return self.listed.allowed and self.read.allowed

    @property
    def ruled(self) -> bool:
        return self.listed.rows is not None or self.read.rows is not None

    def shows(self, value: Any) -> bool:
        """Whether they may know that this happened to a row that they may see."""
        return value["what"] in ("created", "deleted") or any(map(self.read.shows, value["fields"]))


class LiveRows:
    """Decides and words what pages are told of rows, and who may be seen on one."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sources = services.get(Sources)
        self._access = services.get(Access)

    def may_see(self, actor: Actor, names: tuple[str, ...]) -> bool:
        """Whether *actor* may follow a table's rows, or one of them; that it is there is not said by that."""
        if not 2 <= len(names) <= 3:
            return False
        sight = self._sight(actor, names[0], names[1])
        return sight is not None and sight.allowed

    def may_be_seen(self, actor: Actor, names: tuple[str, ...]) -> bool:
        """Whether *actor* may be seen on a row, and sees who else is: those who may read it and its history.

        History names people, so all of them see each other's names anyway.
        """
        if len(names) != 3 or not self.may_see(actor, names):
            return False
        table = self._table(names[0], names[1])
        if table is None or not self._access.decide(actor, "row.history", names[0], table).allowed:
            return False
        # It is there, too: whoever says that they are at a row says that the row is there.
        return bool(self._performed(actor, names[0], names[1], [names[2]]))

    def tell(self, actor: Actor, news: Sequence[News]) -> Iterator[Told]:
        """Give what of *news* the actor may hear, worded for them."""
        tables: dict[tuple[str, str], list[Any]] = {}
        for one in news:
            names = names_of(one.topic) or ()
            if len(names) == 3 and is_told(one.value):
                tables.setdefault((names[0], names[1]), []).append(one.value)
        for (source, name), values in tables.items():
            yield from self._of(actor, source, name, values)

    def _of(self, actor: Actor, source: str, name: str, values: Sequence[Any]) -> Iterator[Told]:
        sight, table = self._sight(actor, source, name), self._table(source, name)
        if sight is None or table is None or not sight.allowed:
            return
        named = self._access.decide(actor, "row.history", source, table).allowed
        undo = all(self._access.decide(actor, one, source, table).allowed for one in ("change.undo", "row.update"))
        shown = [one for one in values if sight.shows(one)]
        if sight.ruled:  # what stood in a row that is gone nobody can look up
            shown = [one for one in shown if one["what"] != "deleted"]
        for start in range(0, len(shown), AT_ONCE):
            some = shown[start : start + AT_ONCE]
            keys = list(dict.fromkeys(one["key"] for one in some))
            left = self._performed(actor, source, name, keys) if sight.ruled else set(keys)
            yield from (_worded(actor, one, named=named, undo=undo) for one in some if one["key"] in left)

    def _performed(self, actor: Actor, source: str, name: str, keys: Sequence[str]) -> set[str]:
        """Look rows up on the one path; where that cannot be done, none may be seen."""
        call = Call("row.visible", Target(source, name), {"keys": list(keys)}, actor, "live")
        try:
            found: set[str] = self._services.get(Dispatcher).perform(call)
        except NexusError:
            return set()
        return found

    def _table(self, source: str, name: str) -> Resource | None:
        found = self._sources.find(source)
        schema = found.schema if found else None
        return schema.resources.get(name) if schema else None

    def _sight(self, actor: Actor, source: str, name: str) -> _Sight | None:
        table = self._table(source, name)
        if table is None:
            return None
        return _Sight(*(self._access.decide(actor, one, source, table) for one in SIGHT))


def is_told(value: Any) -> bool:
    """Whether *value* is news of a row: on PostgreSQL, whoever may connect to our state can publish anything."""
    words = ("key", "what", "by", "name", "entry")
    if not isinstance(value, Mapping) or not all(isinstance(value.get(one), str) for one in words):
        return False
    return isinstance(value.get("fields"), list | tuple) and all(isinstance(one, str) for one in value["fields"])


def _worded(actor: Actor, value: Any, *, named: bool, undo: bool) -> Told:
    """Return what one is told of a change: who it was only where they may see the row's history."""
    mine = value["by"] == actor.id
    told: dict[str, Any] = {"key": value["key"], "what": value["what"]}
    told |= {"who": value["name"]} if named or mine else {}
    told |= {"mine": True} if mine else {}
    return told | ({"entry": value["entry"]} if undo and value["entry"] else {})


def provide(services: Services) -> None:
    """Have commits published, let pages follow the topics of rows, and answers be dropped wherever they are."""
    pubsub = services.get(PubSub)  # type: ignore[type-abstract]
    services.get(Answers).share(pubsub)
    services.put(Telling, Telling(pubsub))
    topics, rows = services.put(LiveTopics, LiveTopics()), LiveRows(services)
    services.put(LiveRows, rows)
    topics.add(LiveTopic(ROWS, rows.may_see, rows.tell))


ACTIONS = (
    Action("row.visible", VisibleInput, visible_rows, "Follow", "row.list", on="resource", writes=False),
    Action("row.some", SomeInput, some_rows, "List", "row.list", on="resource", writes=False),
)
