"""The drivers that extensions bring, by the schemes of addresses that they open."""

from __future__ import annotations

import dataclasses
import re

from nexus_admin.data.drivers.address import FAMILIES, OTHERS
from nexus_admin.data.drivers.declared import DeclaredDriver
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.sdk.declarations import SourceDriver

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,39}")


def drivers_of(hooks: Hooks) -> dict[str, DeclaredDriver]:
    """Ask every extension; one whose driver is none, or whose scheme is taken, is switched off and named."""
    found: dict[str, DeclaredDriver] = {}
    owners: dict[str, str] = {}
    for owner, batch in hooks.collect("nexus_source_drivers"):
        with hooks.blame(owner):
            own: dict[str, DeclaredDriver] = {}
            for one in batch:
                _check(owner, one, owners)
                driver = DeclaredDriver(dataclasses.replace(one, owner=owner))
                own |= dict.fromkeys(one.schemes, driver)
            found |= own
            owners |= dict.fromkeys(own, owner)
    return found


def _check(owner: str, one: object, owners: dict[str, str]) -> None:
    if not isinstance(one, SourceDriver):
        raise ExtensionError(f"{owner}: nexus_source_drivers must return SourceDriver, not {type(one).__name__}.")
    for scheme in one.schemes:
        if not _SCHEME.fullmatch(scheme):
            raise ExtensionError(f"{owner}: {scheme!r} is no scheme of an address. Write small letters, as in `csv`.")
        if scheme in FAMILIES or scheme.partition("+")[0] in OTHERS:
            raise ExtensionError(f"{owner} cannot open {scheme}:// itself: Nexus does. Choose another scheme.")
        if scheme in owners:
            raise ExtensionError(f"{scheme}:// is opened by {owners[scheme]} and by {owner}. Switch one of them off.")
