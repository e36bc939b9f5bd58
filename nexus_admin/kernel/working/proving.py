"""Proving by the outbox of its source what became of a call that a crash left open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nexus_admin.actions.sources.known import Sources
from nexus_admin.data.drivers.atomic import all_or_nothing
from nexus_admin.data.drivers.outbox import proves
from nexus_admin.data.drivers.outbox_seals import Seals
from nexus_admin.domain.errors import SourceDown
from nexus_admin.state.vault import Vault


def is_proved(sources: Sources, vault: Vault, row: Mapping[str, Any], box: str) -> bool | None:
    """Whether the call in *row*, an open entry, was committed, as the outbox of its source proves; None for no proof.

    A row there proves that it was. That none is there proves that it was not, only where it was to leave one in this
    very outbox, and where nothing can have stayed without its transaction.

    Raises:
        SourceDown: the source that would prove it does not answer, or is not connected.
    """
    if row["source"] not in sources.names():
        if box:
            raise SourceDown(f"{row['source']} is not connected.")
        return None
    source = sources.get(row["source"])
    if source.box is None:
        return None
    seals = Seals(vault, source.box.id)
    stands = proves(source, source.box, row["id"], lambda line: seals.taken_off(line) is not None)
    if stands is False:
        return False if box == source.box.id and all_or_nothing(source) else None
    return stands
