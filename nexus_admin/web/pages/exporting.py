"""The export of a list: the same rows, as a file."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.web.api.export import asked_of, file_answer
from nexus_admin.web.pages.lists import target_of
from nexus_admin.web.visit import Door, Visit


def export(visit: Visit) -> Response:
    """GET …/~export?format=: every row that the list would show."""
    return file_answer(visit.perform("rows.export", target_of(visit), asked_of(visit.query)))


DOORS = (Door("/s/{source}/{resource}/~export", export, "rows.export"),)
