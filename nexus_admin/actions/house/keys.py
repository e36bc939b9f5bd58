"""`keys.rotate`: a new master key, and every secret of our state sealed with it, while everybody works on."""

from __future__ import annotations

from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Refused
from nexus_admin.state.engine import State
from nexus_admin.state.sealed import reseal
from nexus_admin.state.vault import VARIABLE


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a change of keys came to.

    Args:
        key: Id of the key that seals now.
        done: How many secrets it seals that another one sealed before.
        lost: Places of secrets that no key opens: they must be entered again.
    """

    key: str
    done: int
    lost: tuple[str, ...]


def rotate(unit: Unit, _data: Nothing) -> Rotated:
    """Make a new key where keys lie in a file, and seal every secret with the first of the keys.

    Raises:
        Refused: the keys come from the environment, and the first of them seals everything already.
    """
    vault = unit.service(State).vault
    renewed = vault.renew()
    found = reseal(unit.connection, vault)
    if not renewed and not found.done and not found.lost:
        raise Refused(
            f"Every secret is sealed with the first key of {VARIABLE} already. Put a new one before it, with a comma "
            "between, start Nexus with that, and do this again."
        )
    unit.detail = f"Secrets are sealed with the key {vault.key_id}: {found.done} of them anew."
    unit.emit("keys.rotated", key=vault.key_id)
    return Rotated(vault.key_id, found.done, found.lost)


ACTIONS = (Action("keys.rotate", Nothing, rotate, "Change the master key", on="house", danger=True, transaction=False),)
