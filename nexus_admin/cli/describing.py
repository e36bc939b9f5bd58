"""`nexus describe`: what there is to ask for and to build with, extensions counted in, for people and programs."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened

if TYPE_CHECKING:
    from pydantic import BaseModel

    from nexus_admin.actions.brokers.event_types import EventType
    from nexus_admin.domain.action import Action
    from nexus_admin.domain.setting import Setting
    from nexus_admin.domain.widget import Widget
    from nexus_admin.kernel.kernel import Kernel

What = Annotated[str, typer.Argument(help="Only what has this in its name: row, metric_card, nexus_actions.")]


def describe(
    what: What = "",
    as_json: Annotated[bool, typer.Option("--json", help="Whole, with the JSON Schema of every input.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """List every action, widget, field kind, job, event, setting and hook that there is, with what each is for."""
    with opened(project, state) as kernel:
        found = {
            heading: [one for one in things if what in one["name"]]
            for heading, things in _everything(kernel).items()
        }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False, default=str))
        return
    for heading, things in found.items():
        if not things:
            continue
        typer.echo(f"\n{heading.replace('_', ' ').capitalize()}")
        width = min(max(len(one["name"]) for one in things), 40)
        for one in things:
            typer.echo(f"  {one['name']:<{width}}  {one['about']}".rstrip())


def _everything(kernel: Kernel) -> dict[str, list[dict[str, Any]]]:
    from nexus_admin.sdk import hookspecs

    declared = kernel.declared
    jobs = [
        {"name": one.name, "about": _sentence(one.run), "owner": one.owner, "input": _schema(one.input)}
        for one in declared.jobs.values()
    ]
    kinds = [{"name": one.name, "about": one.title, "owner": one.owner} for one in declared.kinds.values()]
    hooks = [
        {"name": name, "about": _sentence(one), "signature": f"{name}{inspect.signature(one)}"}
        for name, one in vars(hookspecs).items()
        if name.startswith("nexus_") and callable(one)
    ]
    return {
        "actions": _named(_action(one) for one in kernel.actions),
        "widgets": _named(_widget(one, kernel) for one in declared.widgets.values()),
        "field_kinds": _named(kinds),
        "jobs": _named(jobs),
        "events": [_event(one) for one in kernel.hearing.types],
        "settings": _named(_setting(one) for one, _, _ in kernel.settings.listed()),
        "hooks": hooks,
    }


def _action(one: Action) -> dict[str, Any]:
    return {
        "name": one.name,
        "about": _sentence(one.run) or one.title,
        "owner": one.owner,
        "on": one.on,
        "resource": one.resource,
        "needs": one.needs,
        "writes": one.writes,
        "danger": one.danger,
        "input": _schema(one.input),
    }


def _event(one: EventType) -> dict[str, Any]:
    return {"name": one.name, "about": one.about, "owner": one.owner, "version": one.version, "schema": one.schema}


def _widget(one: Widget, kernel: Kernel) -> dict[str, Any]:
    status = kernel.hooks.statuses.get(one.owner)
    about = (status.extension.manifest.description if status else "") or one.title
    return {"name": one.name, "about": about, "owner": one.owner, "options": _schema(one.options)}


def _setting(one: Setting) -> dict[str, Any]:
    default = None if one.secret else one.default
    return {
        "name": one.key,
        "about": one.description,
        "owner": one.owner,
        "type": one.type,
        "default": default,
        "secret": one.secret,
        "while_running": one.runtime,
    }


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return what a model takes; parts that are values of Python alone are left out."""
    plain = all(not field.exclude for field in model.model_fields.values())
    return model.model_json_schema(mode="validation" if plain else "serialization")


def _named(things: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(things, key=lambda one: str(one["name"]))


def _sentence(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")
