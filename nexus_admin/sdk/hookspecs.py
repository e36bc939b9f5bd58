"""Every hook, in the order in which an app meets them.

All but the last two are declarations: they are asked once, at start-up, and return
lists of frozen values. A name that is taken stops the start-up and shows both owners.
`nexus_slot` and `nexus_run_action` are the only ones called while the app runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nexus_admin.domain.action import Action, Call
from nexus_admin.domain.event import EventModel
from nexus_admin.domain.field_kind import FieldKind
from nexus_admin.domain.job import Job
from nexus_admin.domain.page import Page, Slot, SlotContext
from nexus_admin.domain.projection import Projection
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.setting import Setting
from nexus_admin.domain.widget import Dashboard, Widget
from nexus_admin.sdk.declarations import Check, Engine, Exporter, Listener, Middleware, Policy, SourceDriver
from nexus_admin.sdk.markers import firstresult, hookspec


@hookspec
def nexus_settings() -> Sequence[Setting]:
    """Declare settings.

    Returns:
        Settings whose keys start with `extensions.<name>.`; the house's own may start with anything.
    """
    raise NotImplementedError


@hookspec
def nexus_source_drivers() -> Sequence[SourceDriver]:
    """Declare drivers: what opens a kind of database or service that Nexus does not know, to look at.

    Returns:
        Drivers. Two that open one scheme are named, and the second is off.
    """
    raise NotImplementedError


@hookspec
def nexus_field_kinds() -> Sequence[FieldKind]:
    """Declare field kinds: how a kind of value is shown and edited.

    Returns:
        Kinds by new names. To change a kind of ours, make a new one and give it to the field in `nexus_resource`.
    """
    raise NotImplementedError


@hookspec
def nexus_actions() -> Sequence[Action]:
    """Declare actions: named things that people and programs may ask for.

    Returns:
        Actions whose names start with this extension's own, e.g. `"refunds.issue"`.
    """
    raise NotImplementedError


@hookspec
def nexus_policies() -> Sequence[Policy]:
    """Declare policies: each may narrow what the roles give, and never widen it.

    Returns:
        Callables `policy(actor, action, source, resource) -> Decision | None`. One that raises denies.
    """
    raise NotImplementedError


@hookspec
def nexus_widgets() -> Sequence[Widget]:
    """Declare widgets: things that a dashboard can hold.

    Returns:
        Widgets; `template` names a file in the extension's own `templates/`.
    """
    raise NotImplementedError


@hookspec
def nexus_pages() -> Sequence[Page]:
    """Declare pages; each stands at `/x/<extension>/<path>` and names the permission that it needs.

    Returns:
        Pages.
    """
    raise NotImplementedError


@hookspec
def nexus_dashboards() -> Sequence[Dashboard]:
    """Declare dashboards that come with the extension.

    Returns:
        Dashboards, as a TOML file would describe them.
    """
    raise NotImplementedError


@hookspec
def nexus_events() -> Sequence[type[EventModel]]:
    """Declare types of events: what this extension tells of, and in which version.

    Returns:
        Classes whose events' names start with this extension's own, e.g. `"refunds.issued"`.
    """
    raise NotImplementedError


@hookspec
def nexus_listeners() -> Sequence[Listener]:
    """Declare listeners: called with each event whose name fits their pattern, after the commit.

    Returns:
        Listeners. One that raises is written down and takes nothing down.
    """
    raise NotImplementedError


@hookspec
def nexus_exporters() -> Sequence[Exporter]:
    """Declare exporters: formats that `rows.export` can write.

    Returns:
        Exporters by file ending.
    """
    raise NotImplementedError


@hookspec
def nexus_jobs() -> Sequence[Job]:
    """Declare jobs: work that is done later, elsewhere, or when it is due; made by `@job`.

    Returns:
        Jobs whose names start with this extension's own, e.g. `"refunds.nightly_totals"`.
    """
    raise NotImplementedError


@hookspec
def nexus_engines() -> Sequence[Engine]:
    """Declare engines of brokers, each in the place of the house's own: a queue, stream, pub/sub or store elsewhere.

    Returns:
        Engines, at most one for a broker. Two extensions with one for the same are named, and the second is off.
    """
    raise NotImplementedError


@hookspec
def nexus_projections() -> Sequence[Projection]:
    """Declare projections: streams folded into rows that the extension's actions read by `unit.projected`.

    Returns:
        Projections whose names start with this extension's own, e.g. `"refunds.per_day"`.
    """
    raise NotImplementedError


@hookspec
def nexus_checks() -> Sequence[Check]:
    """Declare checks that `nexus check` runs.

    Returns:
        Callables that return sentences about what is wrong; none when all is well.
    """
    raise NotImplementedError


@hookspec
def nexus_middleware() -> Sequence[Middleware]:
    """Declare middleware: what stands around every request, as ASGI has it.

    Returns:
        Middleware whose names start with this extension's own. One that raises is passed by; the request is answered.

    No place for rules: whoever may do what is said by policies, which deny when they raise.
    """
    raise NotImplementedError


@hookspec
def nexus_resource(resource: Resource) -> Resource | None:
    """Change how a table is seen; asked once for each table when a schema is read.

    Args:
        resource: As introspection, files and earlier extensions made it.

    Returns:
        A changed copy (`dataclasses.replace`), or None to leave it.
    """
    raise NotImplementedError


@hookspec
def nexus_migrated(connection: Any) -> None:
    """Fill the extension's own tables, right after revisions in its folder `migrations` have changed them.

    Args:
        connection: SQLAlchemy's, in the transaction that changed them; where this raises, they are as they were.
    """
    raise NotImplementedError


@hookspec
def nexus_started() -> None:
    """Do what must be done once, after all is up and before the first request; or when it is switched on later."""
    raise NotImplementedError


@hookspec
def nexus_stopping() -> None:
    """Let go of what `nexus_started` took: the app stops, or the extension is switched off."""
    raise NotImplementedError


@hookspec
def nexus_slot(name: str, context: SlotContext) -> Slot | None:
    """Fill a named place of a page.

    Args:
        name: One of `domain.page.SLOTS`.
        context: What the page knows.

    Returns:
        A template of the extension's own, or None.
    """
    raise NotImplementedError


@firstresult
def nexus_run_action(call: Call, run: Callable[[], Any]) -> Any:
    """Wrap the execution of an action, inside its transaction; only `@hookwrapper` functions.

    Args:
        call: What was asked for, already authorized and validated.
        run: What the wrapped step will do; not for calling.

    A wrapper yields once. What it raises before the yield takes the whole transaction back.
    """
    raise NotImplementedError
