"""Development: extensions are loaded again when one of their files changes, and new folders are found.

Templates, files of browsers and dashboards are read anew by whoever needs them. Of those it is only told that they
changed, so that pages that are open show it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.extension import Extension
from nexus_admin.kernel import extensions
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.kernel.lifecycle.stages import Stages
from nexus_admin.kernel.working.watcher import Watcher

log = logging.getLogger(__name__)

EVERY = 0.5
"""Seconds between two looks at the files."""
_CODE = (".py", ".toml", ".css")
_SCRIPTS = (".js", ".mjs")
_DRAWN = ("templates", "static", "dashboards", "plugins", "widgets", "themes")
"""Folders of a project that pages are drawn from."""

Stamps = dict[str, tuple[tuple[str, int], ...]]


class Reloader(Watcher):
    """Watches the extensions of a project, and what its pages are drawn from.

    Args:
        project: The project's folder.
        hooks: Where extensions are registered.
        stages: Stops what is loaded again, and starts it anew.
        recollect: What to do once one has come, gone or changed.
        tell: Called after any change, with whether scripts of browsers are among what changed.
    """

    def __init__(
        self, project: Path, hooks: Hooks, stages: Stages, recollect: Callable[[], None], tell: Callable[[bool], None]
    ) -> None:
        self._project, self._hooks, self._stages, self._recollect = project, hooks, stages, recollect
        self._tell = tell
        self._stamps, self._drawn = self._look(), self._look_at_drawn()
        super().__init__("nexus-reload", EVERY, "Extensions could not be loaded again.")

    def look(self) -> list[str]:
        """Load again what has changed since the last look; return the ids."""
        now = self._look()
        changed = [one for one in {**self._stamps, **now} if now.get(one) != self._stamps.get(one)]
        self._stamps = now
        if changed:
            found = {one.id: one for one in self._extensions()}
            for name in changed:
                self._reload(name, found.get(name))
            self._recollect()
            self._stages.start(*changed)
            log.info("Loaded again: %s", ", ".join(changed))
        self._tell_of(changed)
        return changed

    def _tell_of(self, loaded: list[str]) -> None:
        now, before = self._look_at_drawn(), self._drawn
        self._drawn = now
        differ = {path for path in {**before, **now} if before.get(path) != now.get(path)}
        if loaded or differ:
            self._tell(any(path.endswith(_SCRIPTS) for path in differ))

    def _reload(self, name: str, extension: Extension | None) -> None:
        status = self._hooks.statuses.get(name)
        if status is not None:
            self._stages.stop(name)
            self._hooks.switch_off(name)
            extensions.unload(status.extension)
            del self._hooks.statuses[name]
        if extension is not None:
            self._hooks.add(extension)
            self._stages.migrate(name)

    def _look(self) -> Stamps:
        return {
            one.id: tuple(
                (str(file), file.stat().st_mtime_ns)
                for file in sorted(one.path.rglob("*"))
                if file.suffix in _CODE and "__pycache__" not in file.parts
            )
            for one in self._extensions()
        }

    def _look_at_drawn(self) -> dict[str, int]:
        """Return when each file that pages are drawn from was changed; code has its stamp among those of extensions."""
        return {
            str(file): file.stat().st_mtime_ns
            for folder in _DRAWN
            for file in (self._project / folder).rglob("*")
            if file.is_file() and file.suffix != ".py" and "__pycache__" not in file.parts
        }

    def _extensions(self) -> list[Extension]:
        try:
            return list(extensions.discover(self._project, "project"))
        except ExtensionError as error:  # half a manifest, while it is being written
            log.warning("%s", error)
            return [
                status.extension for status in self._hooks.statuses.values() if status.extension.origin == "project"
            ]
