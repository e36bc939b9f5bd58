"""The home page: what somebody was at, the tables they use, what changed; and the page of one source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from nexus_admin.actions.brokers.parts import VIEW, brokers_of
from nexus_admin.actions.house.activity import Activity
from nexus_admin.actions.plain import moment
from nexus_admin.actions.rows.describing import knows_source
from nexus_admin.domain.address import text_of
from nexus_admin.domain.errors import UnknownSource
from nexus_admin.domain.target import Target
from nexus_admin.screens.formats import ago, number, plural
from nexus_admin.screens.menu import Entry, Group, Source, menu
from nexus_admin.web.pages.recent import told
from nexus_admin.web.visit import SIGNED_IN, Door, Visit

HOUSE = Target("nexus")
CARDS = 9
"""How many tables the home page shows."""
DASHBOARDS = 3


def home(visit: Visit) -> Response:
    """GET /: the front page."""
    if not visit.kernel.sources.statuses() and _may_connect(visit):
        return visit.go("/sources/new")
    access = visit.kernel.access
    known = [one for one in visit.kernel.sources if knows_source(access, visit.actor, one)]
    groups = menu(known, access, visit.actor)
    activity: Activity = visit.perform("account.activity", HOUSE)
    whose = "team" if visit.query.get("whose") == "team" else "mine"
    chosen = visit.perform("preference.list", HOUSE)
    cards = _cards(groups, activity, _linked(known, groups))
    return visit.page(
        "home.html",
        here="/",
        greeting=_greeting(visit),
        groups=groups,
        cards=cards,
        tables=plural(sum(group.size for group in groups), "table"),
        whose=whose,
        deeds=told(visit, activity.team if whose == "team" else activity.mine)[:8],
        favourites=chosen.get("favourites", []),
        boards=_boards(visit),
        health=_worst_first([*_sources(visit, groups), *_queues(visit), *_chain(visit)]),
        may_connect=_may_connect(visit),
    )


def source(visit: Visit) -> Response:
    """GET /s/{source}: its tables, by heading, as many as fit the words in `?q=`."""
    name = text_of(visit.path["source"])
    one = visit.kernel.sources.get(name)
    access = visit.kernel.access
    if not knows_source(access, visit.actor, one):
        raise UnknownSource(name, visit.kernel.sources.names())
    group = menu([one], access, visit.actor)[0]
    may_read = access.decide(visit.actor, "source.view", "nexus").allowed
    asked = visit.query.get("q", "")[:200]
    words = asked.casefold().split()
    headed = [(heading, [entry for entry in entries if _fits(entry, words)]) for heading, entries in group.headed]
    return visit.page(
        "source.html",
        here=group.path,
        group=group,
        headed=[(heading, entries) for heading, entries in headed if entries],
        asked=asked,
        dialect=one.product,
        read_only=one.read_only,
        # These sentences name tables and columns freely.
        unsure=one.schema.unsure if may_read else (),
        may_read=may_read,
        size=number(group.size),
    )


def _may_connect(visit: Visit) -> bool:
    return visit.kernel.access.decide(visit.actor, "source.connect", "nexus", None).allowed


def _fits(entry: Entry, words: list[str]) -> bool:
    against = f"{entry.title} {entry.path}".casefold()
    return all(word in against for word in words)


def _greeting(visit: Visit) -> str:
    """Return how to greet them at this hour of theirs."""
    hour = visit.locale.now.astimezone(visit.locale.zone).hour
    part = "Good morning" if 5 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Good evening"
    name = visit.actor.name if visit.actor.name != visit.actor.email else ""
    return f"{part}, {name.split()[0]}" if name.strip() else part


def _linked(known: Iterable[Source], groups: list[Group]) -> dict[str, int]:
    """Return by path from how many others a table is referred to, of those that are shown."""
    shown = {one.path for group in groups for one in group.entries}
    return {
        Target(source.name, one.name).path: len(
            {link.to for link in one.relations if link.many and Target(source.name, link.to).path in shown}
        )
        for source in known
        for one in source.schema.resources.values()
    }


def _cards(groups: list[Group], activity: Activity, linked: Mapping[str, int]) -> list[tuple[Group, Entry]]:
    """Return the tables that somebody uses most, those that were changed last, the largest, the most referred to."""
    by_path = {one.path: (group, one) for group in groups for one in group.entries}
    used = [Target(source, name).path for source, name in activity.tables]
    plain = [path for path, (_, one) in by_path.items() if not one.tucked]
    largest = sorted(plain, key=lambda path: (-by_path[path][1].rows, -linked[path]))
    # One without a figure may have rows that they do not see: what is done to those moves nothing here.
    figured = {path for path in plain if by_path[path][1].rows}
    changed = [path for path in (Target(one.source, one.resource).path for one in activity.team) if path in figured]
    return [by_path[path] for path in dict.fromkeys([*used, *changed, *largest]) if path in by_path][:CARDS]


def _boards(visit: Visit) -> list[Any]:
    if not visit.kernel.access.decide(visit.actor, "dashboard.view", "nexus", None).allowed:
        return []
    return [one.dashboard for one in visit.perform("dashboard.list", HOUSE).boards][:DASHBOARDS]


def _sources(visit: Visit, groups: list[Group]) -> list[dict[str, Any]]:
    """Return how each source that the actor sees anything of is."""
    health = visit.perform("source.health", HOUSE)
    found = []
    for group in groups:
        known = health.get(group.title)
        one = visit.kernel.sources.get(group.title)
        tone = "warning" if known is None else "success" if known.up else "danger"
        took = f"{max(1, known.took_ms):.0f} ms" if known is not None else ""
        says = {"warning": "slow to answer", "success": took, "danger": "does not answer"}[tone]
        note = f"{one.product}, {plural(group.size, 'table')}"
        found.append({
            "name": group.title, "path": group.path, "tone": tone, "says": says, "icon": "database",
            "note": note + (", read only" if one.read_only else ""), "detail": known.detail if known else "",
        })  # fmt: skip
    return found


def _queues(visit: Visit) -> list[dict[str, Any]]:
    """Return how the queues are, for whoever may look at them; nothing while no job was ever queued."""
    there = "queues" in brokers_of(visit.kernel.services)
    if not there or not visit.kernel.access.decide(visit.actor, VIEW, "nexus", None).allowed:
        return []
    queues = visit.perform("queue.list", HOUSE)
    dead = sum(one.dead for one in queues)
    note = f"{plural(dead, 'job')} given up on" if dead else "No job was given up on"
    line = {"name": "Queues", "path": "/brokers", "icon": "layers", "note": note, "detail": "", "says": number(dead)}
    return [{**line, "tone": "warning" if dead else "success"}] if queues else []


def _chain(visit: Visit) -> list[dict[str, Any]]:
    """Return up to where the audit is as it was written, for whoever may read it; nothing before the first check."""
    if not visit.kernel.access.decide(visit.actor, "audit.view", "nexus", None).allowed:
        return []
    verified = visit.perform("audit.mark", HOUSE).verified
    if verified.ended is None and verified.bad is None:
        return []
    upto = f"#{number(verified.at.seq)}"
    note = f"Verified up to {upto}" if verified.bad is None else f"Not as it was written behind {upto}"
    says = ago(moment(verified.ended), visit.locale.now) if verified.ended else ""
    line = {"name": "Audit", "path": "/audit", "icon": "history", "note": note, "says": says}
    bad = verified.bad is not None
    return [{**line, "detail": verified.bad.why if bad else "", "tone": "danger" if bad else "success"}]


def _worst_first(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda one: ("danger", "warning", "success").index(one["tone"]))


DOORS = (
    Door("/", home, SIGNED_IN),
    Door("/s/{source}", source, SIGNED_IN),
)
