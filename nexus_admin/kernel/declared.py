"""What extensions declared at start-up, each thing stamped with its owner and checked for its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from dataclasses import field
from typing import Any

from nexus_admin.domain.action import Action
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.event import EventModel
from nexus_admin.domain.field_kind import FieldKind
from nexus_admin.domain.job import Job
from nexus_admin.domain.page import Page
from nexus_admin.domain.projection import Projection
from nexus_admin.domain.widget import Dashboard, Widget
from nexus_admin.kernel.declared_widgets import check_widget
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.kernel.middleware import in_order
from nexus_admin.kernel.working.declaring import check_background, check_job
from nexus_admin.sdk.declarations import Check, Exporter, Listener, Middleware, Policy


@dataclass
class Declared:
    """Everything that was declared, by noun.

    Args:
        actions: In the order of the loader; the house's first.
        kinds: Field kinds by name.
        pages: By the extension's name and the page's path.
        policies: With the name of whoever declared each.
        events: Types by name, each with whoever declared it.
    """

    actions: list[Action] = field(default_factory=list)
    kinds: dict[str, FieldKind] = field(default_factory=dict)
    pages: dict[tuple[str, str], Page] = field(default_factory=dict)
    policies: list[tuple[str, Policy]] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    exporters: dict[str, Exporter] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    widgets: dict[str, Widget] = field(default_factory=dict)
    dashboards: list[tuple[str, Dashboard]] = field(default_factory=list)
    middleware: list[Middleware] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    projections: dict[str, Projection] = field(default_factory=dict)
    events: dict[str, tuple[str, type[EventModel]]] = field(default_factory=dict)


def collect(hooks: Hooks) -> Declared:
    """Ask everybody. An extension that raises, or takes a name that is not its own, is switched off and named."""
    found = Declared()
    for owner, action in _each(hooks, "nexus_actions"):
        with hooks.blame(owner):
            _own_name(hooks, owner, action.name)
            _free(action.name, {one.name: one.owner for one in found.actions}, "actions", owner)
            check_background(action)
            found.actions.append(action)
    for owner, kind in _each(hooks, "nexus_field_kinds"):
        with hooks.blame(owner):
            _free(kind.name, {name: one.owner for name, one in found.kinds.items()}, "field kinds", owner)
            found.kinds[kind.name] = kind
    for owner, page in _each(hooks, "nexus_pages"):
        with hooks.blame(owner):
            _own_name(hooks, owner, page.permission)
            key = (owner.rpartition("/")[2], page.path)
            _free(f"/x/{'/'.join(key)}", {f"/x/{'/'.join(one)}": one[0] for one in found.pages}, "pages", owner)
            found.pages[key] = page
    for owner, exporter in _each(hooks, "nexus_exporters"):
        with hooks.blame(owner):
            taken = {name: one.owner for name, one in found.exporters.items()}
            _free(exporter.ending, taken, "exporters", owner)
            found.exporters[exporter.ending] = exporter
    for owner, widget in _each(hooks, "nexus_widgets"):
        with hooks.blame(owner):
            check_widget(owner, widget, hooks.statuses[owner].extension.path if owner in hooks.statuses else None)
            _free(widget.name, {name: one.owner for name, one in found.widgets.items()}, "widgets", owner)
            found.widgets[widget.name] = widget
    for owner, one in _each(hooks, "nexus_middleware"):
        with hooks.blame(owner):
            found.middleware.append(_middleware(hooks, owner, one, found.middleware))
    found.jobs, found.projections, found.events = _jobs(hooks), _projections(hooks), _events(hooks)
    found.dashboards = list(_each(hooks, "nexus_dashboards"))
    found.listeners = [one for _, one in _each(hooks, "nexus_listeners")]
    found.checks = [one for _, one in _each(hooks, "nexus_checks")]
    found.policies = [(owner, one) for owner, one in _each(hooks, "nexus_policies")]
    return without(found, {name for name, status in hooks.statuses.items() if status.state in ("failed", "off")})


def without(found: Declared, gone: Collection[str]) -> Declared:
    """Return *found* without what the extensions *gone* declared."""
    return Declared(
        actions=[one for one in found.actions if one.owner not in gone],
        kinds={name: one for name, one in found.kinds.items() if one.owner not in gone},
        pages={key: one for key, one in found.pages.items() if one.owner not in gone},
        policies=[(owner, one) for owner, one in found.policies if owner not in gone],
        listeners=[one for one in found.listeners if one.owner not in gone],
        exporters={name: one for name, one in found.exporters.items() if one.owner not in gone},
        checks=[one for one in found.checks if one.owner not in gone],
        widgets={name: one for name, one in found.widgets.items() if one.owner not in gone},
        dashboards=[(owner, one) for owner, one in found.dashboards if owner not in gone],
        middleware=[one for one in found.middleware if one.owner not in gone],
        jobs={name: one for name, one in found.jobs.items() if one.owner not in gone},
        projections={name: one for name, one in found.projections.items() if one.owner not in gone},
        events={name: one for name, one in found.events.items() if one[0] not in gone},
    )


def _jobs(hooks: Hooks) -> dict[str, Job]:
    """Return the jobs that can be used, by name."""
    found: dict[str, Job] = {}
    for owner, job in _each(hooks, "nexus_jobs"):
        with hooks.blame(owner):
            _own_name(hooks, owner, job.name)
            _free(job.name, {name: one.owner for name, one in found.items()}, "jobs", owner)
            check_job(job, found.values())
            found[job.name] = job
    return found


def _projections(hooks: Hooks) -> dict[str, Projection]:
    """Return the projections, by name."""
    found: dict[str, Projection] = {}
    for owner, one in _each(hooks, "nexus_projections"):
        with hooks.blame(owner):
            _own_name(hooks, owner, one.name)
            _free(one.name, {name: other.owner for name, other in found.items()}, "projections", owner)
            found[one.name] = one
    return found


def _events(hooks: Hooks) -> dict[str, tuple[str, type[EventModel]]]:
    """Return the types of events, by name, each with its owner."""
    found: dict[str, tuple[str, type[EventModel]]] = {}
    for owner, one in _each(hooks, "nexus_events"):
        with hooks.blame(owner):
            if not (isinstance(one, type) and issubclass(one, EventModel)):
                raise ExtensionError(f"{owner}: nexus_events must return classes of events, not {one!r}.")
            _own_name(hooks, owner, one.event_name)
            _free(one.event_name, {name: other for name, (other, _) in found.items()}, "events", owner)
            found[one.event_name] = (owner if owner in hooks.statuses else "nexus", one)
    return found


def _middleware(hooks: Hooks, owner: str, one: Any, earlier: list[Middleware]) -> Middleware:
    """Return *one*, if it is a middleware that has a place among the *earlier* ones."""
    if not isinstance(one, Middleware):
        raise ExtensionError(f"{owner}: nexus_middleware must return Middleware, not {type(one).__name__}.")
    _own_name(hooks, owner, one.name)
    _free(one.name, {other.name: other.owner for other in earlier}, "middleware", owner)
    in_order([*earlier, one])
    return one


def _each(hooks: Hooks, hook: str) -> Iterator[tuple[str, Any]]:
    """Yield (owner, thing) for all that *hook* brings, the thing stamped with its owner."""
    for owner, batch in hooks.collect(hook):
        for thing in _listed(hooks, owner, hook, batch):
            stamped = owner in hooks.statuses and dataclasses.is_dataclass(thing) and hasattr(thing, "owner")
            yield owner, dataclasses.replace(thing, owner=owner) if stamped else thing


def _listed(hooks: Hooks, owner: str, hook: str, batch: Any) -> Iterable[Any]:
    if isinstance(batch, (list, tuple)):
        return batch
    hooks.fail(owner, ExtensionError(f"{owner}: {hook} must return a list, not {type(batch).__name__}."))
    return ()


def _own_name(hooks: Hooks, owner: str, name: str) -> None:
    """Hold an extension to its own corner of the names."""
    if owner in hooks.statuses and not name.startswith(f"{hooks.statuses[owner].extension.name}."):
        own = hooks.statuses[owner].extension.name
        raise ExtensionError(f"{owner} declares {name!r}. Its names must begin with `{own}.`.")


def _free(name: str, taken: dict[str, str], noun: str, owner: str) -> None:
    if name in taken:
        raise ExtensionError(f"Two {noun} are called {name!r}: one is {taken[name]}'s, one is {owner}'s. Rename one.")
