"""What an isolated extension declares: its manifest names functions, and each becomes an action."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from nexus_admin.domain.action import Action
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.extension import Extension
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.kernel.isolation.sandbox import Limits, execute
from nexus_admin.sdk.markers import hookimpl

MOST: Mapping[str, float] = {"seconds": 300.0, "megabytes": 4096.0}
"""What a manifest may give a function at most."""


def check_functions(where: str, meta: Mapping[str, Any]) -> None:
    """Look at what the manifest *where* says of isolation.

    Raises:
        ExtensionError: names the key that does not fit.
    """
    isolated, functions = meta.get("isolated", False), meta.get("functions", {})
    if not isinstance(isolated, bool):
        raise ExtensionError(f"{where} says isolated = {isolated!r}. It is true or false.")
    if bool(functions) != isolated or not isinstance(functions, dict):
        raise ExtensionError(f"{where}: functions are named where isolated = true, and there they must be.")
    for name, told in functions.items():
        if not name.isidentifier() or name.startswith("_") or not isinstance(told, dict):
            raise ExtensionError(f"{where}: [functions.{name}] is no function's name with a table.")
        for key, value in told.items():
            _check(f"{where}: [functions.{name}]", key, value)


def _check(where: str, key: str, value: Any) -> None:
    if key == "title" and isinstance(value, str):
        return
    if key not in MOST:
        raise ExtensionError(f"{where} has no key called {key!r}.{did_you_mean(key, ('title', *MOST))}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST[key]:
        raise ExtensionError(f"{where} says {key} = {value!r}. It is a number up to {MOST[key]:g}.")


class Given(BaseModel):
    """What a function is given."""

    model_config = ConfigDict(extra="forbid")

    input: JsonValue = Field(None, description="Any JSON; the function has it as its one argument.")


class Isolated:
    """Stands for the code of an isolated extension, which is not imported.

    Args:
        extension: Its manifest says `isolated = true` and has a table `functions`.
    """

    def __init__(self, extension: Extension) -> None:
        self._extension = extension

    @hookimpl
    def nexus_actions(self) -> list[Action]:
        """Declare an action on the house for each function."""
        return [self._action(name, told) for name, told in self._extension.manifest.functions.items()]

    def _action(self, name: str, told: Mapping[str, Any]) -> Action:
        limits = Limits(**{key: value for key, value in told.items() if key in MOST})
        run = partial(_run, self._extension, name, limits)
        title = told.get("title") or name.replace("_", " ").capitalize()
        # In no transaction of ours, so that nobody waits for it.
        return Action(f"{self._extension.name}.{name}", Given, run, title, on="house", transaction=False, outside=True)


def _run(extension: Extension, name: str, limits: Limits, _unit: Any, data: Given) -> Any:
    return execute(extension.id, extension.path, name, data.input, limits)
