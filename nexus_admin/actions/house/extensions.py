"""`extension.view` and `extension.switch`: what is loaded, what failed and why, and letting one go."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from nexus_admin.actions.house.controls import Controls
from nexus_admin.actions.house.settings import store
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.errors import NotFound, Refused
from nexus_admin.domain.extension import ExtensionStatus
from nexus_admin.domain.nearest import did_you_mean

ON, OFF = "extensions.on", "extensions.off"


class SwitchInput(BaseModel):
    """Which extension, and whether it shall be on."""

    model_config = ConfigDict(extra="forbid")

    name: str
    on: bool


def view(unit: Unit, _data: Nothing) -> list[ExtensionStatus]:
    """Return every extension that was found, with what became of it."""
    return list(unit.service(Controls).extensions())


def switch(unit: Unit, data: SwitchInput) -> list[str]:
    """Switch an extension on or off, now and at the next start; return the names of those that are off.

    Raises:
        NotFound: there is no such extension; names the nearest.
        Refused: the setting is fixed on the command line.
    """
    controls = unit.service(Controls)
    known = {status.extension.id: status.extension for status in controls.extensions()}
    if data.name not in known:
        raise NotFound(f"There is no extension {data.name!r}.{did_you_mean(data.name, known)}")
    origins = {one.key: origin for one, origin, _ in controls.settings() if one.key in (ON, OFF)}
    for key, listed in ((ON, data.on and not known[data.name].manifest.on), (OFF, not data.on)):
        names = sorted({*origins[key].value, data.name} if listed else {*origins[key].value} - {data.name})
        if names == sorted(origins[key].value):
            continue
        if origins[key].layer == "command line":
            raise Refused(f"{key} was given on the command line, which wins over what is stored.")
        store(unit, key, names)
    return sorted({*origins[OFF].value, data.name} - ({data.name} if data.on else set()))


ACTIONS = (
    Action("extension.view", Nothing, view, "Extensions", on="house", writes=False, transaction=False),
    Action("extension.switch", SwitchInput, switch, "Switch an extension", on="house", transaction=False),
)
