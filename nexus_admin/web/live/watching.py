"""Ending what may not go on: pages whose session is over, whose people or rights have changed; and the heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from nexus_admin.access import Access
from nexus_admin.domain.errors import NexusError
from nexus_admin.web.live import wire

if TYPE_CHECKING:
    from nexus_admin.web.live.connection import Connection
    from nexus_admin.web.live.hub import Hub

EVERY = 1.0
"""Seconds between two looks at all sessions; a look is one SELECT for each 500."""
BEATS = 25
"""Looks between two heartbeats."""
AT_ONCE = 500


class Watch:
    """Looks after all open pages.

    Args:
        hub: Whose pages.
        access: Who knows the sessions.
    """

    def __init__(self, hub: Hub, access: Access) -> None:
        self._hub, self._access = hub, access
        self._version: int | None = None  # looked up in the first look, not on the loop

    async def run(self) -> None:
        """Look each second, for ever."""
        looks = 0
        while True:
            await asyncio.sleep(EVERY)
            looks += 1
            pages = list(self._hub.followers)
            if pages:
                for connection, code in await self._hub.work(partial(self._over, pages)):
                    connection.end(code)
            if looks % BEATS == 0:
                await self._beat(pages)

    async def _beat(self, pages: list[Connection]) -> None:
        for at in range(0, len(pages), AT_ONCE):
            for connection in pages[at : at + AT_ONCE]:
                connection.offer(wire.BEAT)
            await asyncio.sleep(0)

    def _over(self, pages: list[Connection]) -> list[tuple[Connection, int]]:
        """Return the pages that end, each with why; in a thread. Where nothing can be looked up, none does yet."""
        try:
            version = self._access.version
            standing = self._access.standing.of({one.cookie for one in pages})
            left = [one for one in pages if standing.get(one.cookie) == one.actor.version]
            ended = [(one, wire.OVER) for one in set(pages).difference(left)]
            if version != self._version:
                ended += [(one, wire.CHANGED) for one in left if not self._same(one)]
        except NexusError:
            return []
        self._version = version
        return ended

    def _same(self, connection: Connection) -> bool:
        """Whether a page's rights still hold, after somebody's have changed."""
        actor = self._access.actor_of_session(connection.cookie)
        return actor == connection.actor and self._follows_by_right(connection, connection.topics)

    def _follows_by_right(self, connection: Connection, topics: Iterable[str]) -> bool:
        topics = list(topics)
        return len(self._hub.allowed(connection.actor, topics)) == len(topics)
