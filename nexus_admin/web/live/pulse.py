"""Looking at brokers for the pages that follow them: a few times a second, and not at all while none does."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from nexus_admin.actions.brokers.live import BROKERS, Looks
from nexus_admin.domain.errors import NexusError

if TYPE_CHECKING:
    from nexus_admin.web.live.hub import Hub

EVERY = 0.3
"""Seconds between two looks, at least."""
SHARE = 10
"""So many times as long as a look takes is the rest after it: large brokers are looked at less often."""

log = logging.getLogger(__name__)


class Pulse:
    """Says what moved in brokers.

    Args:
        hub: Whose pages follow.
        looks: Says what moved.
    """

    def __init__(self, hub: Hub, looks: Looks) -> None:
        self._hub, self._looks = hub, looks

    async def run(self) -> None:
        """Look for ever."""
        loop, rest = asyncio.get_running_loop(), EVERY
        while True:
            await asyncio.sleep(rest)
            followed = self._hub.followers.below(BROKERS)
            if not followed:
                self._looks.forget()
                rest = EVERY
                continue
            began = loop.time()
            for topic in await self._hub.work(partial(self._moved, followed)):
                self._hub.tell(topic)
            rest = max(EVERY, SHARE * (loop.time() - began))

    def _moved(self, followed: list[str]) -> list[str]:
        try:
            return self._looks.moved(followed)
        except NexusError as error:  # the state does not answer, or a broker is closed: pages wait
            log.debug("Brokers could not be looked at: %s", error)
            return []
