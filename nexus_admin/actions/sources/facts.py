"""A source that was added in the browser, as the ledger keeps it: everything but its password.

Of the password there is a keyed mark only. It tells whether the one of today is the one of then, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from nexus_admin.actions.sources import records
from nexus_admin.actions.unit import Unit
from nexus_admin.data.drivers.address import HIDDEN, Address
from nexus_admin.data.drivers.address import masked as without_password
from nexus_admin.domain.audit import Change
from nexus_admin.domain.row import Row
from nexus_admin.state.engine import State
from nexus_admin.state.vault import SealBroken, Vault

HOUSE = "nexus"
SOURCES = "sources"
NO_PASSWORD = "none"


def text_of_address(address: Address) -> str:
    """Return an address as the state keeps it, password and all."""
    return str(address.file) if address.file else address.url.render_as_string(hide_password=False)


def shown(text: str) -> str:
    """Return the address in *text* without its password, its options kept."""
    url = _url(text)
    if url is None:
        return f"sqlite:///{text}" if "://" not in text else without_password(text)
    options = url.render_as_string(hide_password=False).partition("?")[2]
    return Address(url, "other").masked + (f"?{options}" if options else "")


def bare(address: str) -> str:
    """Return an address that `shown` gave as one that can be opened where no password is asked for."""
    return address.replace(f":{HIDDEN}@", "@", 1)


def typed_again(text: str) -> str:
    """Return what a form may hold again of an address that was refused: no password, and no option, which may be one.

    Where that cannot be told for sure it is "".
    """
    url = _url(text)
    if url is None or text.count("@") > 1:
        return "" if set("@:") & set(text) else text
    return url.set(password="", query={}).render_as_string(hide_password=False).replace(":@", "@", 1)


def password_of(text: str) -> str | None:
    """Return the password in an address, None for none."""
    url = _url(text)
    return None if url is None or url.password is None else str(url.password)


def mark_of(vault: Vault, text: str) -> str:
    """Return what stands for the password in *text*; the same for the same password, and for no other."""
    password = password_of(text)
    if password is None:
        return NO_PASSWORD
    return f"•••• {vault.sign(b'source password ' + password.encode())[4:8].hex()}"


def _url(text: str) -> sa.URL | None:
    try:
        return sa.make_url(text) if "://" in text else None
    except (ArgumentError, ValueError):
        return None


def record_of(connection: sa.Connection, name: str) -> records.Record | None:
    """Return what the state keeps of the source called *name*, None where it was not added in the browser."""
    return next((one for one in records.records(connection) if one.name == name), None)


def facts_of(connection: sa.Connection, vault: Vault, name: str) -> Row | None:
    """Return a source as the ledger keeps it, None where there is none of that name."""
    record = record_of(connection, name)
    if record is None:
        return None
    try:
        text = record.address(vault)
        address, password = shown(text), mark_of(vault, text)
    except SealBroken:  # the key is gone; whoever brings it back, or gives the address anew, mends it
        address = password = HIDDEN
    sample = bool(record.options.get("sample", True))
    return {
        "name": name, "address": address, "password": password, "writes": not record.read_only, "sample": sample,
    }  # fmt: skip


def facts(unit: Unit, name: str) -> Row | None:
    """Return a source as it stands in the transaction of *unit*."""
    return facts_of(unit.connection, unit.service(State).vault, name)


def record_source(unit: Unit, name: str, before: Mapping[str, Any] | None) -> None:
    """Note what was done to the source that is called *name* now; *before* is how it was."""
    after = facts(unit, name)
    if before != after:
        unit.record(Change(HOUSE, SOURCES, name, before, after, name))
