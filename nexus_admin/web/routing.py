"""Finding the door of an address among two hundred: only those are compared that have its parts and its ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

FOUND = "nexus.route"
"""Where what was found stands in a scope until it answers."""

_Place = tuple[int, str, str]
"""How many parts an address has, its first and its last one; "" for any."""


class Routes(BaseRoute):
    """Routes as one, which answers as Starlette would that tried them in their order.

    Args:
        routes: In order.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = tuple(routes)
        self._places = [_place(route.path) for route in self._routes]
        self._near: dict[_Place, Sequence[Route]] = {}
        self._longest = max((place[0] for place in self._places if place), default=0)
        self._firsts = {first for _, first, _ in filter(None, self._places)} - {""}
        self._lasts = {last for _, _, last in filter(None, self._places)} - {""}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return the first route that answers, else the first that would by another method."""
        partly: tuple[Match, Scope] = (Match.NONE, {})
        if scope["type"] != "http":
            return partly
        for route in self._candidates(_below(scope)):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, FOUND: route}
            if match is Match.PARTIAL and partly[0] is Match.NONE:
                partly = match, {**child, FOUND: route}
        return partly

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let what was found answer."""
        await scope.pop(FOUND).handle(scope, receive, send)

    def _candidates(self, path: str) -> Sequence[Route]:
        """Return the routes that may fit *path*; addresses that nobody has thought of all share one memory."""
        parts = path.split("/")
        first, last = parts[1] if len(parts) > 1 else "", parts[-1]
        first, last = first if first in self._firsts else "", last if last in self._lasts else ""
        asked = min(len(parts), self._longest + 1), first, last
        found = self._near.get(asked)
        if found is None:
            near = zip(self._routes, self._places, strict=True)
            found = self._near[asked] = [one for one, place in near if place is None or _fits(place, asked)]
        return found


def _below(scope: Scope) -> str:
    """Return the address that is asked for, from where the app is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and f"{path}/".startswith(f"{root}/") else path


def _place(path: str) -> _Place | None:
    """Return the place of the addresses of a route; None where a parameter may hold any number of parts."""
    if ":path}" in path:
        return None
    parts = path.split("/")
    return len(parts), _literal(parts[1]), _literal(parts[-1])


def _literal(part: str) -> str:
    return "" if "{" in part else part


def _fits(place: _Place, asked: _Place) -> bool:
    return place[0] == asked[0] and place[1] in ("", asked[1]) and place[2] in ("", asked[2])
