"""The runtime layer of the settings: what was changed by clicking, stored in our own state."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from nexus_admin.domain.errors import SettingError
from nexus_admin.kernel.settings import Settings
from nexus_admin.state.engine import State
from nexus_admin.state.tables.settings import setting

log = logging.getLogger(__name__)


def lay(settings: Settings, state: State) -> None:
    """Lay what is stored over the layers below, in the place of what was read before."""
    query = sa.select(setting.c.key, setting.c.value, setting.c.set_by).where(
        setting.c.key.in_([key for key, one in settings.declared.items() if one.runtime])
    )
    rows = state.read(lambda connection: connection.execute(query).all())
    settings.drop("runtime")
    for key, value, set_by in rows:
        try:
            settings.lay({key: value}, "runtime", f"set by {set_by}")
        except SettingError as error:  # written by another version; the layer below still counts
            log.warning("A stored setting is passed over: %s", error)
