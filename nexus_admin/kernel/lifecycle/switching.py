"""Extensions that settings switch on and off, at start-up and while the app runs."""

from __future__ import annotations

import threading
from collections.abc import Callable

from nexus_admin.domain.extension import Extension
from nexus_admin.kernel import extensions
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.kernel.lifecycle.stages import Stages
from nexus_admin.kernel.settings import Settings


class Switching:
    """Has extensions come and go as the settings say.

    Args:
        hooks: Where they are registered.
        stages: Starts and stops them.
        settings: As they are now.
        recollect: What to do once one has come or gone.
    """

    def __init__(
        self, hooks: Hooks, stages: Stages, settings: Callable[[], Settings], recollect: Callable[[], None]
    ) -> None:
        self._hooks, self._stages, self._settings, self._recollect = hooks, stages, settings, recollect
        self._lock = threading.RLock()

    def is_off(self, extension: Extension) -> bool:
        """Whether the settings switch it off."""
        settings = self._settings()
        return extensions.is_off(extension, settings["extensions.on"], settings["extensions.off"])

    def follow(self) -> None:
        """Let those go that are switched off by now, and start those that are on; one after another, in any thread."""
        with self._lock:  # whoever is let go may take their time: they are told once
            statuses = list(self._hooks.statuses.items())
            changed = [(name, one) for name, one in statuses if self.is_off(one.extension) != (one.state == "off")]
            for name, status in changed:
                if status.state != "off":
                    self._stages.stop(name)
                    self._hooks.switch_off(name)
                else:
                    self._hooks.add(status.extension)
                    self._stages.migrate(name)
            if changed:
                self._recollect()
                self._stages.start(*(name for name, _ in changed))
