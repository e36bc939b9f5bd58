"""The past of a row, and what taking something back would do: sentences, and per field what was and what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from markupsafe import Markup

from nexus_admin.actions.rows.history import History
from nexus_admin.actions.rows.undo import UndoConflict, UndoPlan, UndoStep
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.target import Target
from nexus_admin.screens import formats
from nexus_admin.screens.cells import cell_of

Kinds = Callable[[str], FieldKind]

_LOOKS = {"create": ("plus", "created this"), "update": ("edit", "changed"), "delete": ("trash", "deleted this")}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what stood there and what came; either may be missing."""

    title: str
    before: Markup | None
    after: Markup | None


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to a row.

    Args:
        who: Whoever did it.
        did: What they did, as the rest of a sentence.
        icon: Its icon.
        ago: How long ago.
        when: The moment as people read it.
        at: The moment as machines do.
        via: The door, where it was not a page.
        differences: What changed.
        entry: The ledger entry of the whole operation.
        revertible: It may be asked to be taken back.
        back: A sentence about that, where it was taken back already.
    """

    who: str
    did: str
    icon: str
    ago: str
    when: str
    at: datetime
    via: str
    differences: list[Difference]
    entry: str
    revertible: bool
    back: str


@dataclass(frozen=True, slots=True)
class Way:
    """One row on the confirm page of an undo: what would be done to it, or why it is left alone."""

    title: str
    resource: str
    url: str
    verb: str
    differences: list[Difference]
    why: str = ""


def happened(
    history: History, kinds: Kinds, locale: Locale, action_title: Callable[[str], str], may_undo: bool
) -> list[Happened]:
    """Turn the past of a row into what the timeline draws, newest first."""
    found = []
    for past in history.past:
        change, root = past.change, past.root
        look, did = _LOOKS[change.verb]
        names = change.fields() if change.verb == "update" else ()
        differences = differing(history.resource, change.before, change.after, names, kinds, locale)
        if change.verb == "update":
            did = f"changed {formats.plural(len(differences), 'field')}"
        if root.undoes:
            look, did = "undo", f"took something back: {did}"
        elif not root.action.startswith("row."):
            look, did = "bolt", f"ran {action_title(root.action)}: {did}"
        when = root.closed_at or root.at
        found.append(
            Happened(
                root.actor_name or root.actor, did, look, formats.ago(when, locale.now), formats.moment(when, locale),
                when, "" if root.via == "page" else root.via, differences, root.id,
                may_undo and not root.undone_by and root.outcome in ("done", "unknown"),
                "Taken back" if root.undone_by else "",
            )
        )  # fmt: skip
    return found


def differing(
    resource: Resource,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    names: tuple[str, ...],
    kinds: Kinds,
    locale: Locale,
) -> list[Difference]:
    """Return, for each of *names* that the table has, what stood there and what came, drawn by the field's kind."""
    found = []
    for name in names:
        field = resource.by_name.get(name)
        if field is None:
            continue
        draw = cell_of(field, kinds(field.kind), locale)
        old = draw(before[name]) if before is not None and name in before else None
        new = draw(after[name]) if after is not None and name in after else None
        found.append(Difference(field.title, old, new))
    return found


def undo_steps(plan: UndoPlan, schema: Schema, kinds: Kinds, locale: Locale) -> tuple[list[Way], list[Way]]:
    """Return what taking an operation back would do, and what stands in the way."""
    steps = [_step(step, schema, kinds, locale) for step in plan.steps]
    return steps, [_conflict(one, schema, kinds, locale) for one in plan.conflicts]


def _step(step: UndoStep, schema: Schema, kinds: Kinds, locale: Locale) -> Way:
    resource = schema.resources.get(step.resource)
    verb = {"create": "comes back", "delete": "goes away again", "update": "gets its values back"}[step.verb]
    differences = []
    if resource is not None and step.verb == "update":
        differences = differing(resource, step.expect, step.values, tuple(step.values), kinds, locale)
    return _way(schema, step.resource, step.key, step.title, verb, differences, linked=step.verb != "create")


def _conflict(conflict: UndoConflict, schema: Schema, kinds: Kinds, locale: Locale) -> Way:
    change = conflict.change
    resource = schema.resources.get(change.resource)
    differences = []
    if resource is not None:
        now = {name: seen.get("now") for name, seen in conflict.fields.items()}
        left = {name: seen.get("left") for name, seen in conflict.fields.items()}
        differences = differing(resource, left, now, tuple(conflict.fields), kinds, locale)
    return _way(schema, change.resource, change.key, change.title, "", differences, conflict.why)


def _way(
    schema: Schema,
    resource: str,
    key: str,
    title: str,
    verb: str,
    differences: list[Difference],
    why: str = "",
    linked: bool = True,
) -> Way:
    known = schema.resources.get(resource)
    path = Target(schema.source, resource, key).path if known and known.key and linked else ""
    return Way(title or key, known.singular if known else resource, path, verb, differences, why)
