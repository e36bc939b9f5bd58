"""/sources/{name}/copies: every copy that we keep of a source's values, and purging them."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.target import Target
from nexus_admin.screens.sources import copies as copies_page
from nexus_admin.web.visit import Door, Visit

WHERE = "/sources/{name}/copies"


def show(visit: Visit) -> Response:
    """GET …/copies: each kind with its size, what it is for, and how it goes."""
    copies = visit.perform("copies.list", _target(visit))
    may = visit.kernel.access.decide(visit.actor, "copies.purge", "nexus", None).allowed
    return visit.page(
        "sources/copies.html", copies=copies, lines=copies_page.lines(copies), may_purge=may, path=_path(visit),
        here="/sources",
    )  # fmt: skip


def ask(visit: Visit) -> Response:
    """GET …/copies/purge: what would be lost; with ?kind= of one kind, else of all that can go."""
    return _ask(visit, visit.query.get("kind", ""))


def purge(visit: Visit) -> Response:
    """POST …/copies/purge: delete the kinds that were ticked."""
    kinds = visit.every("kind")
    try:
        purged = visit.perform("copies.purge", _target(visit), {"kinds": kinds})
    except NexusError as error:
        return _ask(visit, "", error.status, "Tick what is to go." if not kinds else str(error))
    return visit.go(f"{_path(visit)}/copies", copies_page.said(purged))


def _ask(visit: Visit, kind: str, status: int = 200, problem: str = "") -> Response:
    copies = visit.perform("copies.list", _target(visit))
    offered = [one for one in copies_page.lines(copies) if one.offered]
    return visit.page(
        "sources/copies_purge.html", status, copies=copies, lines=offered, kind=kind, problem=problem,
        path=_path(visit), here="/sources",
    )  # fmt: skip


def _target(visit: Visit) -> Target:
    return Target("nexus", "sources", visit.path["name"])


def _path(visit: Visit) -> str:
    return f"/sources/{visit.path['name']}"


DOORS = (
    Door(WHERE, show, "copies.list"),
    Door(f"{WHERE}/purge", ask, "copies.purge"),
    Door(f"{WHERE}/purge", purge, "copies.purge", ("POST",)),
)
