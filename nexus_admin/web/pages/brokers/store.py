"""/brokers/store: how the shared store is doing, its keys by prefix, one with what it holds, taking keys away."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.actions.brokers.parts import ACT, VIEW
from nexus_admin.domain.errors import BadRequest, NotFound
from nexus_admin.screens.brokers import words
from nexus_admin.screens.formats import plural
from nexus_admin.web.pages.brokers.index import HOUSE, ROOT, frame
from nexus_admin.web.visit import Door, Visit

STORE = f"{ROOT}/store"


def show(visit: Visit) -> Response:
    """GET /brokers/store: `?prefix=` narrows, `?after=` is the next page, `?key=` opens one."""
    asked = {name: visit.query.get(name, "") for name in ("prefix", "after", "key")}
    found = visit.perform("store.scan", HOUSE, {"prefix": asked["prefix"], "after": asked["after"]})
    known = frame(visit, STORE)
    opened, gone = None, False
    if asked["key"] and known["may_see"]:
        try:
            opened = visit.perform("store.get", HOUSE, {"key": asked["key"]})
        except NotFound:
            gone = True
    return visit.page(
        "brokers/store.html", seen=visit.perform("store.view", HOUSE), found=found, asked=asked, opened=opened,
        gone=gone, path=STORE, following=words.address(STORE, prefix=asked["prefix"], after=found.next), **known,
    )  # fmt: skip


def delete(visit: Visit) -> Response:
    """POST /brokers/store: take away the keys that were ticked."""
    keys = visit.every("keys")
    if not keys:
        raise BadRequest("Tick the keys that are to go.")
    gone = visit.perform("store.delete", HOUSE, {"keys": keys})
    prefix = visit.form.get("prefix", "")
    return visit.go(words.address(STORE, prefix=prefix), f"{plural(gone, 'key')} deleted.")


DOORS = (Door(STORE, show, VIEW), Door(STORE, delete, ACT, ("POST",)))
