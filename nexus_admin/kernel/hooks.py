"""Calling extensions so that one that raises is named and switched off, and takes nothing down."""

from __future__ import annotations

import inspect
import logging
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import Any

import pluggy

from nexus_admin.domain.errors import PluginError
from nexus_admin.domain.extension import Extension, ExtensionStatus
from nexus_admin.kernel import extensions
from nexus_admin.monitoring.budget import Budget
from nexus_admin.sdk import hookspecs
from nexus_admin.sdk.markers import PROJECT

log = logging.getLogger(__name__)

FAULTS, WINDOW = 3, 60.0
"""An extension that raises this often within so many seconds is switched off."""


class Hooks:
    """The plugin manager, and what became of each extension."""

    def __init__(self, off: Callable[[str], None] | None = None) -> None:
        self.manager = manager()
        self.registered: list[Extension] = []  # by code: see web/registering.py
        self.statuses: dict[str, ExtensionStatus] = {}
        self.switched_off = off or (lambda _name: None)
        self.budget = Budget(self.statuses, self.fail)

    def add(self, extension: Extension, *, off: bool = False) -> None:
        """Import and register *extension*; a failure is kept in its status."""
        status = self.statuses[extension.id] = ExtensionStatus(extension)
        if off:
            status.state = "off"
            return
        began = time.perf_counter()
        try:
            with self.budget.start(extension.id, "import"):
                module = extensions.load(extension)
            if module is not None:
                self._register(extension.id, module)
            status.state = "loaded"
        except Exception as error:
            self.fail(extension.id, error)
        status.took_ms = (time.perf_counter() - began) * 1000

    def add_house(self, name: str, module: ModuleType | object) -> None:
        """Register a part of the house, which comes through the same hooks."""
        self.manager.register(module, name)

    def _register(self, name: str, module: object) -> None:
        entered(self.manager, name, module)
        for one in self.manager.hook.nexus_run_action.get_hookimpls():
            if one.plugin_name == name and one.wrapper:
                timed = self.budget.wrapper(name, "wrapper of actions", one.function)
                setattr(one, "function", timed)  # noqa: B010  (pluggy says final; it stays the same hook)

    def collect(self, hook: str, *, only: Collection[str] = (), **given: Any) -> Iterator[tuple[str, Any]]:
        """Ask every extension and yield (its id, its answer); one that raises is switched off and passed over.

        The house's own parts are asked first, then extensions in the order of the loader; *only* those, where any
        are named.
        """
        for plugin in getattr(self.manager.hook, hook).get_hookimpls():
            name = plugin.plugin_name
            if plugin.wrapper or plugin.hookwrapper or (only and name not in only):
                continue
            try:
                with self.budget.start(name, hook):
                    answer = plugin.function(*[given[argument] for argument in plugin.argnames])
                yield name, answer
            except Exception as error:
                if name not in self.statuses:
                    raise
                self.fail(name, error)

    def tell(self, name: str, hook: str, **given: Any) -> None:
        """Call the hook of one extension, where it has that; what it raises goes on up."""
        for plugin in getattr(self.manager.hook, hook).get_hookimpls():
            if plugin.plugin_name == name:
                with self.budget.start(name, hook):
                    plugin.function(*[given[argument] for argument in plugin.argnames])

    def ask(self, hook: str, **given: Any) -> Iterator[tuple[str, Any]]:
        """Ask while the app runs: like `collect`, but one that raises is switched off only when it does so again."""
        for plugin in getattr(self.manager.hook, hook).get_hookimpls():
            arguments = [given[argument] for argument in plugin.argnames]
            try:
                yield (
                    plugin.plugin_name,
                    self.budget.timely(plugin.plugin_name, hook, partial(plugin.function, *arguments)),
                )
            except Exception as error:
                if plugin.plugin_name not in self.statuses:
                    raise
                self.fault(plugin.plugin_name, error)

    @contextmanager
    def blame(self, name: str) -> Iterator[None]:
        """Switch the extension *name* off if what happens inside raises; the house's own mistakes go on up."""
        try:
            yield
        except Exception as error:
            if name not in self.statuses:
                raise
            self.fail(name, error)

    def fault(self, name: str, error: Exception) -> None:
        """Write down that an extension raised while the app runs; after the third time it is switched off."""
        status = self.statuses.get(name)
        if status is None:
            return  # a part of the house: the log has it
        now = time.monotonic()
        status.faults[:] = [at for at in status.faults if now - at < WINDOW] + [now]
        status.error = f"It raised {type(error).__name__}: {error}"
        status.trace = "".join(traceback.format_exception(error))
        log.warning("%s raised %s", name, type(error).__name__, exc_info=error)
        if len(status.faults) >= FAULTS:
            self.fail(name, error)

    def fail(self, name: str, error: Exception) -> None:
        """Switch an extension off because it raised."""
        status = self.statuses[name]
        status.state = "failed"
        status.error = str(error) or type(error).__name__
        status.trace = "".join(traceback.format_exception(error))
        log.error("%s is switched off: %s", name, status.error)
        if self.manager.has_plugin(name):
            self.manager.unregister(name=name)
        self.switched_off(name)

    def switch_off(self, name: str) -> None:
        """Let go of an extension because somebody said so."""
        self.statuses[name].state = "off"
        if self.manager.has_plugin(name):
            self.manager.unregister(name=name)
        self.switched_off(name)

    def owner_of(self, error: BaseException) -> str | None:
        """Return the id of the extension in whose code *error* arose, or None."""
        trace = error.__traceback__
        files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(trace)]
        for name, status in self.statuses.items():
            folder = f"{status.extension.path}/"
            if any(file.startswith(folder) for file in files):
                return name
        return None


def manager() -> pluggy.PluginManager:
    """Return a manager that knows the signatures of all hooks, and no extension."""
    made = pluggy.PluginManager(PROJECT)
    made.add_hookspecs(hookspecs)
    return made


def entered(manager: pluggy.PluginManager, name: str, module: object) -> None:
    """Register *module* as *name*.

    Raises:
        PluginError: a hook that it implements is not there, or takes other arguments; names the file and the line.
            Nothing of it is registered then.
    """
    try:
        manager.register(module, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        if manager.has_plugin(name):
            manager.unregister(name=name)
        raise PluginError(f"{_place(error, module)}: {error}") from error


def _place(error: pluggy.PluginValidationError, module: object) -> str:
    """Return `file:line` of the hook implementation that does not fit its specification."""
    for name, function in vars(module).items():
        if name.startswith("nexus_") and inspect.isfunction(function) and name in str(error):
            return f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"
    return str(getattr(module, "__file__", module))
