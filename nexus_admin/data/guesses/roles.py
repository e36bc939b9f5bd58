"""What a column is for in every table: when a row was made, changed or put away."""

from __future__ import annotations

from nexus_admin.data.guesses.words import listed, parts

_CREATED = listed("created inserted added registered joined creation signup entered recorded imported")
_UPDATED = listed("updated modified changed edited modification")
_DELETED = listed("deleted discarded archived removed trashed purged destroyed")
_EVENTS = listed(
    "placed ordered order invoice payment paid sent published posted occurred issued issuing booked hired hire started "
    "start rental sale purchase transaction event booking received submitted release visit measured timestamp logged"
)
_NOT_YET = listed("due required return expected estimated planned end until birth expires expiry expiration")


def role_of(name: str, kind: str) -> str | None:
    """Return `created`, `updated`, `deleted`, `happened`, or None; only dates have one."""
    if kind not in ("date", "datetime"):
        return None
    found = set(parts(name))
    if found & _UPDATED or {"last", "update"} <= found or found & {"updatedat", "write"}:
        return "updated"
    if found & _DELETED:
        return "deleted"
    if found & _CREATED or found & {"createdat", "create"}:
        return "created"
    if (found & _EVENTS or found <= {"date", "time", "datetime", "day"}) and not found & _NOT_YET:
        return "happened"
    return None
