"""The generated part of the documentation: `python tools/reference.py` writes docs/reference/ anew.

Commands, settings, actions, hooks and doors are read off the code, so a page here cannot say what is not there.
A test compares what is committed with what this would write.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = ROOT / "docs/reference"
HEAD = "<!-- Written by tools/reference.py. Change the code that it speaks of, then run it again. -->\n"


def commands() -> str:
    """Return the page of every command, with its arguments and options."""
    import typer.main

    from nexus_admin.cli.main import app

    parts = ["# Commands\n", "Every command takes `--help`.\n"]
    for name, command in sorted(_commands(typer.main.get_command(app), "nexus")):
        parts.append(f"## {name}\n\n{(command.help or '').strip()}\n")
        rows = [_parameter(one) for one in command.params if one.name != "help"]
        if rows:
            parts.append(_table(("", "what it is", "default"), rows))
    return "\n".join(parts)


def settings() -> str:
    """Return the page of every setting of the house."""
    from nexus_admin.kernel.house_settings import HOUSE_SETTINGS

    parts = [
        "# Settings\n",
        "Defaults, then `nexus.toml`, then variables (`NEXUS_SERVER__PORT`), then what is changed on the page "
        "*Settings*, then the command line: the last one counts. `nexus config show` says where a value came from.\n",
    ]
    rows = [
        (f"`{one.key}`", one.type, f"`{one.default!r}`", _flags(one), one.description)
        for one in sorted(HOUSE_SETTINGS, key=lambda one: one.key)
    ]
    return "\n".join([*parts, _table(("setting", "type", "default", "", "what it does"), rows)])


def actions() -> str:
    """Return the page of every action, with the permission that it needs and what it is asked with."""
    from nexus_admin.actions.bundled import ACTIONS

    parts = [
        "# Actions\n",
        "Everything that can be done has a name. A role gives names (or patterns such as `row.*`); buttons, the API, "
        "commands and extensions all ask for them by these names.\n",
    ]
    for one in sorted(ACTIONS, key=lambda one: one.name):
        parts.append(f"## {one.name}\n\n{_sentence(one.run)}\n")
        parts.append(
            f"On a {one.on}. Needs `{one.needs}`.{' Always in the ledger.' if one.writes or one.kept else ''}\n"
        )
        if one.input.model_fields:
            parts.append(_inputs(one.input, "input"))
    return "\n".join(parts)


def hooks() -> str:
    """Return the page of every hook that an extension can implement."""
    from nexus_admin.sdk import hookspecs

    parts = ["# Hooks\n", inspect.getdoc(hookspecs) or "", ""]
    for name, function in vars(hookspecs).items():
        if name.startswith("nexus_") and callable(function):
            parts.append(f"## {name}\n\n```python\n{name}{inspect.signature(function)}\n```\n")
            parts.append(f"```text\n{inspect.getdoc(function)}\n```\n")
    return "\n".join(parts)


def doors() -> str:
    """Return the page of every address of the house with the permission that it declares."""
    from nexus_admin.web.live.doors import SOCKETS
    from nexus_admin.web.pages.doors import DOORS

    sockets = [
        ("`WebSocket`", f"`{one.path}`", f"`{one.needs}`", _sentence(one.handle).split(": ", 1)[-1]) for one in SOCKETS
    ]
    rows = [
        (f"`{', '.join(one.methods)}`", f"`{one.path}`", f"`{one.needs}`", _sentence(one.handle).split(": ", 1)[-1])
        for one in sorted(DOORS, key=lambda one: (one.path, one.methods))
    ]
    return "\n".join(["# Addresses of the pages\n", _table(("", "address", "needs", ""), [*rows, *sockets])])


def widgets() -> str:
    """Return the page of every bundled widget with its options."""
    from importlib import import_module

    from nexus_admin.kernel.extensions import read_manifest

    parts = ["# Widgets\n", "Each is a folder of its own, with a README that has an example.\n"]
    for folder in sorted((ROOT / "widgets").glob("*/widget.toml")):
        manifest = read_manifest(folder)
        for one in import_module(f"widgets.{folder.parent.name}").nexus_widgets():
            parts.append(f"## {one.name}\n\n{manifest.description}\n")
            parts.append(_inputs(one.options, "option"))
    return "\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "actions": actions,
    "hooks": hooks,
    "doors": doors,
    "widgets": widgets,
}


def written(name: str) -> str:
    """Return the whole text of one page."""
    return f"{HEAD}{PAGES[name]().rstrip()}\n"


def _inputs(model: Any, noun: str) -> str:
    said = {name: field for name, field in model.model_fields.items() if not field.exclude}  # the rest is no text
    whole = len(said) == len(model.model_fields)
    properties = model.model_json_schema(mode="validation" if whole else "serialization").get("properties", {})
    rows = [
        (
            f"`{name}`",
            f"`{_type(properties.get(name, {}))}`",
            "" if field.is_required() else f"`{field.default!r}`",
            (field.description or "").replace("|", "\\|"),
        )
        for name, field in said.items()
    ]
    return _table((noun, "type", "default", ""), rows) if rows else ""


def _type(schema: Any) -> str:
    """Return a word for what a JSON schema takes."""
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    return str(schema.get("type") or schema.get("$ref", "any").rpartition("/")[2] or schema.get("const", "any"))


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, one in getattr(command, "commands", {}).items():
        if hasattr(one, "commands"):
            yield from _commands(one, f"{path} {name}")
        else:
            yield f"{path} {name}", one


def _parameter(one: Any) -> tuple[str, str, str]:
    spelled = one.opts[0] if one.param_type_name == "option" else one.name.upper()
    default = "" if one.default is None or one.required or one.default is False else f"`{one.default}`"
    return f"`{spelled}`", getattr(one, "help", "") or "", default


def _flags(one: Any) -> str:
    return ", ".join(word for word, there in (("secret", one.secret), ("while running", one.runtime)) if there)


def _sentence(function: Any) -> str:
    return (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace(chr(10), ' ') for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for page in PAGES:
        (FOLDER / f"{page}.md").write_text(written(page), "utf-8")
