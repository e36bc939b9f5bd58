"""`settings.view` and `settings.change`: the layer of settings that is stored, audited, and used at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.house.controls import Controls
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import Invalid, Refused, SettingError
from nexus_admin.domain.setting import Origin, Setting
from nexus_admin.state.tables.settings import setting as stored

MOST = 10**9
TYPES = {
    "str": "a text", "int": f"a whole number from 0 to {MOST:,}", "float": f"a number from 0 to {MOST:,}",
    "bool": "true or false", "list": "words with commas between",
}  # fmt: skip


class ChangeInput(BaseModel):
    """A setting and what it shall be."""

    model_config = ConfigDict(extra="forbid")

    key: str
    value: str | None = Field(None, max_length=2000, description="As text; None goes back to the layer below.")


def view(unit: Unit, _data: Nothing) -> list[tuple[Setting, Origin, str]]:
    """Return every setting with its value, its origin, and the text that people may see."""
    return list(unit.service(Controls).settings())


def change(unit: Unit, data: ChangeInput) -> str:
    """Store a value and use it at once.

    Returns:
        The entry by which it can be taken back; "" where it was so already.

    Raises:
        Invalid: there is no such setting, or the value does not fit it.
        Refused: it is fixed while the app runs.
    """
    controls = unit.service(Controls)
    known = {one.key: (one, origin) for one, origin, _ in controls.settings()}
    if data.key not in known:
        raise Invalid({"key": f"There is no setting called {data.key!r}."})
    declared, origin = known[data.key]
    if not declared.runtime:
        raise Refused(f"{data.key} cannot be changed while Nexus runs. Set it in nexus.toml and start again.")
    if origin.layer == "command line":
        raise Refused(f"{data.key} was given on the command line, which wins over what is stored.")
    value = None if data.value is None else _typed(controls, declared, data.value)
    store(unit, data.key, value)
    return unit.entry if unit.changes else ""


def _typed(controls: Controls, declared: Setting, text: str) -> Any:
    """Return what somebody typed as a value of the setting; a number is counted or measured, so it is none below 0."""
    try:
        value = controls.typed(declared.key, text)
    except SettingError as error:
        if declared.check is not None:
            raise Invalid({"value": str(error)}) from error
        value = None
    if value is None or (declared.type in ("int", "float") and not 0 <= value <= MOST):
        said = f"{text[:60]}…" if len(text) > 60 else text
        raise Invalid({"value": f"{declared.key} takes {TYPES[declared.type]}, not {said!r}."})
    return value


def store(unit: Unit, key: str, value: Any) -> None:
    """Keep *value* in the transaction of *unit*, None for nothing, and record the change."""
    connection: sa.Connection = unit.connection
    before = connection.execute(sa.select(stored.c.value).where(stored.c.key == key)).scalar()
    connection.execute(stored.delete().where(stored.c.key == key))
    if value is not None:
        row = {"key": key, "value": value, "set_by": unit.actor.id, "at": datetime.now(UTC)}
        connection.execute(stored.insert().values(row))
    unit.emit("settings.changed", key=key)  # the kernel uses it once it is committed
    was = None if before is None else {"value": before}
    now = None if value is None else {"value": value}
    if was != now:
        unit.record(Change("nexus", "settings", key, was, now))


ACTIONS = (
    Action("settings.view", Nothing, view, "Settings", on="house", writes=False, transaction=False),
    Action("settings.change", ChangeInput, change, "Change a setting", on="house", transaction=False),
)
