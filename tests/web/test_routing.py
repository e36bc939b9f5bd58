"""The doors are found without trying them all, and the same one is found."""

import itertools

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from nexus_admin.web.api.doors import DOORS as API_DOORS
from nexus_admin.web.app import by_path
from nexus_admin.web.pages.doors import DOORS
from nexus_admin.web.routing import FOUND, Routes


def _answer(_request: Request) -> Response:
    return Response()


ROUTES = [Route(path, _answer, methods=list(doors)) for path, doors in by_path((*API_DOORS, *DOORS)).items()]
FILLINGS = (("shop", "orders"), ("nexus", "edit"), ("brokers", "jobs"), ("~count", "ü 1"))


def _addresses() -> list[str]:
    found = ["/", "", "//", "/s", "/s/", "/nowhere", "/s/a/b/c/d/e/f/g", "/s//orders", "/sign-in\n", "/static/x.js"]
    for route, (one, other) in itertools.product(ROUTES, FILLINGS):
        names = itertools.cycle((one, other))
        path = "/".join(next(names) if "{" in part else part for part in route.path.split("/"))
        found += [path, f"{path}/", f"{path}/{other}"]
    return list(dict.fromkeys(found))


def _first(scope: dict[str, object]) -> tuple[Match, Route | None, dict[str, object]]:
    """Try them in their order, as Starlette does."""
    tried = [(route, *route.matches(scope)) for route in ROUTES]
    for wanted in (Match.FULL, Match.PARTIAL):
        for route, match, child in tried:
            if match is wanted:
                return match, route, child
    return Match.NONE, None, {}


@pytest.mark.parametrize("root", ["", "/admin"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_an_address_has_the_door_that_it_has_when_all_are_tried_in_their_order(method: str, root: str) -> None:
    routes = Routes(ROUTES)
    for address in _addresses():
        scope = {"type": "http", "path": f"{root}{address}", "root_path": root, "method": method}
        match, route, child = _first(scope)
        if "\n" in address:
            match, route, child = Match.NONE, None, {}  # a line's end is no part of an address
        found, given = routes.matches(scope)
        assert (found, given.pop(FOUND, None), given) == (match, route, child), address


def test_addresses_that_nobody_has_thought_of_fill_no_memory() -> None:
    routes = Routes(ROUTES)
    for number in range(200):
        routes.matches({"type": "http", "path": f"/{number}" * (number + 1), "root_path": "", "method": "GET"})
    assert len(routes._near) < 20
