"""Handing on the numbers of topics that pages follow: a few times a second, all that came at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nexus_admin.actions.live.numbers import NUMBERS, Numbers, news_of
from nexus_admin.actions.live.topics import names_of

if TYPE_CHECKING:
    from nexus_admin.web.live.hub import Hub

EVERY = 0.1
"""Seconds between two handings."""


class Flow:
    """Hands numbers on.

    Args:
        hub: Whose pages follow.
        numbers: What came.
    """

    def __init__(self, hub: Hub, numbers: Numbers) -> None:
        self._hub, self._numbers = hub, numbers

    async def run(self) -> None:
        """Hand on for ever; what is done each time takes no longer than there are topics."""
        while True:
            await asyncio.sleep(EVERY)
            followed = self._hub.followers.below(NUMBERS)
            self._numbers.keep({"/".join(names_of(one) or ()) for one in followed})
            for topic, points in self._numbers.take().items():
                self._hub.arrive(news_of(topic, points))
