"""The one door of permissions: actor, action and resource in, a Decision out. Closed unless a role opens it.

An answer is remembered until any right changes anywhere; the second time it costs a few microseconds.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple, cast

from nexus_admin.access.algebra import Read, capped, combine, veiled
from nexus_admin.access.book import About, Cell, Question, RoleBook, Some
from nexus_admin.access.builtin import HOUSE
from nexus_admin.access.computed import closed
from nexus_admin.access.lent import Lent
from nexus_admin.access.patterns import gives_any
from nexus_admin.access.policies import Policies
from nexus_admin.access.records import FRESH, Records
from nexus_admin.access.roles import Roles
from nexus_admin.access.rules import SchemaOf, check_rule, missing_attribute, read_rule, variables_in
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision, FieldAccess, denied
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.expression import NOTHING, Expression
from nexus_admin.domain.resource import Resource, Schema

_MOST = 20_000
_MOST_SOURCES = 500

ALONE = ("row.list", "row.read", "row.create", "rows.import")
"""Actions on a table that need no other right; every other one needs that its rows may be listed."""

READS_FIRST = ("row.update", "row.delete", "rows.update", "rows.delete")
"""Actions that also need that the row may be read."""


Version = tuple[int, int]
"""Of the rights that are stored, and of the policies that narrow them."""

Tables = Mapping[str, Decision]
"""What was decided about each table of a source, by its name; or about each of several actions."""

_Together = tuple[str, int, str | tuple[str, ...], str]
"""What several decisions are kept by: whose, of which version, about which action or actions, of which source."""


_Key = tuple[str, int, str, str, str | Some | None]


class _Kept(NamedTuple):
    answer: Decision | Tables
    actor: Actor
    resource: About | Schema
    schema: Schema | None
    version: Version
    until: float

    def holds(self, actor: Actor, resource: About | Schema, schema: Schema | None, version: Version) -> bool:
        """Whether the question is the same still, and nothing has changed that it hangs on."""
        return (
            self.version == version
            and (self.resource is resource or (isinstance(resource, str) and self.resource == resource))
            and self.schema is schema
            and (self.actor is actor or _same_rights(self.actor, actor))
            and (self.until == 0.0 or self.until > time.monotonic())
        )


class Decisions:
    """Answers and remembers.

    Args:
        records: Whose version rises with any change.
        roles: Where the grants are.
        policies: What extensions narrow.

    Attributes:
        schema_of: Gives a source's schema, for rules that walk relations; the kernel sets it.
        lent: By source, what stands for rights on its rows where these are the house's own.
    """

    def __init__(self, records: Records, roles: Roles, policies: Policies) -> None:
        self._records = records
        self._roles = roles
        self._policies = policies
        self.schema_of: SchemaOf = lambda _source: None
        self.lent: dict[str, Lent] = {}
        self._kept: dict[_Key, _Kept] = {}
        self._tables: dict[_Together, _Kept] = {}
        self._narrowed: dict[tuple[object, ...], bool] = {}
        records.listen(self.forget)

    def forget(self) -> None:
        """Drop every remembered answer."""
        self._kept, self._tables, self._narrowed = {}, {}, {}

    def decide(self, actor: Actor, action: str, source: str, resource: About = None) -> Decision:
        """Say whether *actor* may do *action* there, why, and on which rows and fields.

        Args:
            actor: Who asks.
            action: Its name.
            source: A data source's name, or `nexus` for the house itself.
            resource: A table of the source, or a name where there is no table behind it (`dashboards`); `SOME` asks
                whether there is any such name.
        """
        return cast("Decision", self._answer(actor, action, source, resource).answer)

    def by_name(self, actor: Actor, action: str, source: str) -> bool:
        """Whether what *actor* may hangs on the name of what they do it to: where not, one answer is that of all."""
        self._version()
        key = (actor.kind, actor.roles, actor.denials, action, source)
        found = self._narrowed.get(key)
        if found is None:
            if len(self._narrowed) >= _MOST_SOURCES:
                self._narrowed = {}
            asked = Question(action, source)
            cells = (replace(one, grant=one.grant.model_copy(update={"resource": "*"})) for one in self._some(actor))
            found = self._narrowed[key] = any(one.speaks_of(asked) for one in cells)
        return found

    def _some(self, actor: Actor) -> list[Cell]:
        return [one for one in self._roles.book().cells_of(actor) if one.grant.resource != "*"]

    def _answer(self, actor: Actor, action: str, source: str, resource: About) -> _Kept:
        name = resource.name if isinstance(resource, Resource) else resource
        key: _Key = (actor.id, actor.version, action, source, name)
        version = self._version()
        schema = self.schema_of(source)
        kept = self._kept.get(key)
        if kept is not None and kept.holds(actor, resource, schema, version):
            return kept
        decision = self.fresh(self._roles.book(), actor, action, source, resource)
        if len(self._kept) >= _MOST:
            self.forget()
        # A policy may look at things that have no version here, so its answers grow old.
        until = time.monotonic() + FRESH if self._policies else 0.0
        kept = self._kept[key] = _Kept(decision, actor, resource, schema, version, until)
        return kept

    def _version(self) -> Version:
        return self._records.version(), self._policies.stamp

    def decide_tables(self, actor: Actor, action: str, tables: Schema) -> Tables:
        """Say it of each table of a source at once: who asks for all of them does so on every page."""
        key: _Together = (actor.id, actor.version, action, tables.source)
        version = self._version()
        schema = self.schema_of(tables.source)
        kept = self._tables.get(key)
        if kept is not None and kept.holds(actor, tables, schema, version):
            return cast("Tables", kept.answer)
        answers = {name: self._answer(actor, action, tables.source, one) for name, one in tables.resources.items()}
        return self._keep(key, answers, _Kept({}, actor, tables, schema, version, 0.0))

    def decide_each(self, actor: Actor, actions: tuple[str, ...], source: str) -> Tables:
        """Say of each of *actions* whether *actor* may do it in *source* at all, as `decide` does of one."""
        key: _Together = (actor.id, actor.version, actions, source)
        version = self._version()
        schema = self.schema_of(source)
        kept = self._tables.get(key)
        if kept is not None and kept.holds(actor, None, schema, version):
            return cast("Tables", kept.answer)
        answers = {action: self._answer(actor, action, source, None) for action in actions}
        return self._keep(key, answers, _Kept({}, actor, None, schema, version, 0.0))

    def _keep(self, key: _Together, answers: Mapping[str, _Kept], basis: _Kept) -> Tables:
        """Keep what was decided at once; it is as old as the oldest part of it."""
        found = {name: cast("Decision", one.answer) for name, one in answers.items()}
        until = min((one.until for one in answers.values()), default=0.0)
        if len(self._tables) >= _MOST_SOURCES:
            self._tables = {}
        self._tables[key] = basis._replace(answer=found, until=until)
        return found

    def fresh(self, book: RoleBook, actor: Actor, action: str, source: str, resource: About) -> Decision:
        """Answer from *book*, and from no memory: for roles that are not saved yet."""
        if source in self.lent:
            decision = self.lent[source].decision(action, lambda one: self._stored(book, actor, one, HOUSE, None))
            return replace(decision, fingerprint=fingerprint(decision, actor))
        decision = self._stored(book, actor, action, source, resource)
        if decision.allowed and isinstance(resource, Resource):
            decision = closed(
                decision, resource, self.schema_of(source),
                lambda far: self._stored(book, actor, "row.list", source, far),
            )  # fmt: skip
        return replace(decision, fingerprint=fingerprint(decision, actor))

    def _stored(self, book: RoleBook, actor: Actor, action: str, source: str, resource: About) -> Decision:
        """Answer as far as the columns go that a table has; what is computed of them follows."""
        table = resource if isinstance(resource, Resource) else None
        decision = self._by_kind(book, actor, action, source, resource)
        if decision.allowed and actor.kind != "system":
            decision = self._policies.narrow(decision, actor, action, source, table)
            decision = self._checked(decision, actor, table)
        if decision.allowed and table is None and decision.rows is not None:
            # Whoever asks about something that has no rows would not look at a row rule.
            return denied(decision.reason)
        if decision.allowed and table is not None:
            decision = capped(decision, (field.name for field in table.fields if field.secret), "masked")
        return decision

    def _by_kind(self, book: RoleBook, actor: Actor, action: str, source: str, resource: About) -> Decision:
        if actor.kind == "anonymous":
            return denied("Nobody is signed in.")
        if actor.kind == "system":
            return Decision(True, f"Unattended work ({actor.name or actor.id}) that the house has started.")
        if actor.scopes is not None and not gives_any(actor.scopes, action):
            return denied(f"This token is not for {action}, only for {', '.join(actor.scopes) or 'nothing'}.")
        return self._by_roles(book, actor, action, source, resource)

    def _by_roles(self, book: RoleBook, actor: Actor, action: str, source: str, resource: About) -> Decision:
        decision = combine(self.reads(book, actor, action, source, resource), _question(action, source, resource))
        if not decision.allowed or not isinstance(resource, Resource) or source == HOUSE:
            return decision
        for needed in needs(action):
            reading = combine(self.reads(book, actor, needed, source, resource), _question(needed, source, resource))
            if not reading.allowed:
                return denied(f"{action} needs {needed} too. {reading.reason}")
            decision = veiled(decision, reading)
            if reading.rows == NOTHING:
                decision = replace(decision, reason=reading.reason)
        return decision

    def reads(self, book: RoleBook, actor: Actor, action: str, source: str, resource: About) -> list[Read]:
        """Return the grants that speak of the question, each with its rule read for *actor*."""
        question = _question(action, source, resource)
        table = resource if isinstance(resource, Resource) else None
        schema = self.schema_of(source)
        return [
            Read(cell, read_rule(cell, actor, table, schema))
            for cell in book.cells_of(actor)
            if cell.speaks_of(question)
        ]

    def _checked(self, decision: Decision, actor: Actor, table: Resource | None) -> Decision:
        """A rule that a policy brought must stand up too."""
        if not decision.allowed or decision.rows is None or not self._policies:
            return decision
        try:
            if table is not None:
                check_rule(decision.rows, table, self.schema_of(table.source))
            lacking = missing_attribute(decision.rows, actor)
            problem = "" if lacking is None else f"{actor.name or actor.id} has no attribute {lacking!r}."
        except NexusError as error:
            problem = str(error)
        if not problem:
            return decision
        return replace(decision, rows=NOTHING, reason=f"No rows: the rule of a policy cannot be used: {problem}")


def needs(action: str) -> tuple[str, ...]:
    """Return the actions on the same table whose row rules bind *action* too."""
    if action in ALONE:
        return ()
    return ("row.read", "row.list") if action in READS_FIRST else ("row.list",)


def fingerprint(decision: Decision, actor: Actor) -> str:
    """Return the same text for two decisions that narrow alike, whoever they were made for.

    Where the row rule asks for `me`, what it means for *actor* is part of it.
    """
    if not decision.allowed:
        return "no"
    rows = decision.rows
    mine = "" if rows is None else _meaning(rows, actor)
    fields: Iterable[tuple[str, FieldAccess]] = sorted(decision.fields.items())
    text = repr((rows, list(fields), decision.default_access, mine))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _meaning(rows: Expression, actor: Actor) -> str:
    """Return what the variables of *rows* stand for, as far as they depend on who asks."""
    names = sorted({variable.name for variable in variables_in(rows)})
    attributes = [(name, actor.attributes.get(name[3:])) for name in names if name.startswith("me.")]
    return repr((actor.id if "me" in names else "", attributes))


def _question(action: str, source: str, resource: About) -> Question:
    if isinstance(resource, Some):
        return Question(action, source, some=True)
    return Question(action, source, resource.name if isinstance(resource, Resource) else resource)


def _same_rights(one: Actor, other: Actor) -> bool:
    return (
        one.kind == other.kind
        and one.roles == other.roles
        and one.scopes == other.scopes
        and one.denials == other.denials
        and one.attributes == other.attributes
    )
