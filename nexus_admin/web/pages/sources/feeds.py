"""How changes that others make in a source are learned of: switched on and off from its page."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.target import Target
from nexus_admin.web.visit import Door, Visit

WHERE = "/sources/{name}/feed"


def poll(visit: Visit) -> Response:
    """POST …/feed/poll: look every few seconds for rows that were written last."""
    visit.perform("feed.poll", _target(visit))
    return _back(visit, "Pages follow what other programs change, within seconds.")


def sql(visit: Visit) -> Response:
    """GET …/feed.sql: the statements that make the triggers, as text."""
    texts = visit.perform("feed.sql", _target(visit))
    return Response("".join(f"{text};\n\n" for text in texts), media_type="text/plain")


def install(visit: Visit) -> Response:
    """POST …/feed/install: make the triggers, or make them anew."""
    visit.perform("feed.install", _target(visit))
    return _back(visit, "The database tells of every change from now on.")


def remove(visit: Visit) -> Response:
    """POST …/feed/remove: drop them, or poll no more."""
    visit.perform("feed.remove", _target(visit), {"abandon": visit.form.get("abandon") == "1"})
    return _back(visit, "Only what is done through Nexus is known from now on.")


def _back(visit: Visit, said: str) -> Response:
    return visit.go(f"/sources/{segment(text_of(visit.path['name']))}", said=said)


def _target(visit: Visit) -> Target:
    return Target("nexus", "sources", visit.path["name"])


DOORS = (
    Door(f"{WHERE}.sql", sql, "source.view"),
    Door(f"{WHERE}/poll", poll, "feed.poll", ("POST",)),
    Door(f"{WHERE}/install", install, "feed.install", ("POST",)),
    Door(f"{WHERE}/remove", remove, "feed.remove", ("POST",)),
)
