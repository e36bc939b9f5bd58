"""The command palette and the search page: tables, pages, commands, and records of any table that one may list."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from starlette.responses import JSONResponse, Response

from nexus_admin.domain.address import segment
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.target import Target
from nexus_admin.screens.marks import hue
from nexus_admin.screens.menu import Entry, house_menu, menu
from nexus_admin.web.pages.recent import recent
from nexus_admin.web.visit import SIGNED_IN, Door, Visit

HOUSE = Target("nexus")
log = logging.getLogger(__name__)

BUDGET = 0.45
"""Seconds in which a table must have answered to be among the records."""
TABLES = 24
"""How many tables are searched at once; the smaller ones first, for they answer in time."""
EACH, MOST = 3, 12
SAYS = 4
"""Letters from which a word says that an overview is meant."""
WORKERS = ThreadPoolExecutor(8, thread_name_prefix="palette")

ACCOUNT = (
    Entry("Home", "/", "home"),
    Entry("Your profile", "/account", "user"),
    Entry("Security: password, second factor, sessions, tokens", "/account/security", "shield"),
    Entry("Appearance: theme, density, time zone", "/account/appearance", "palette"),
    Entry("Help and keyboard shortcuts", "/help", "help"),
)
HELP = (
    (">", "Only commands", "> new order"),
    ("#", "Only records", "# hannah"),
    ("?", "This list, and every shortcut", ""),
)


def palette(visit: Visit) -> Response:
    """GET /~palette?q=: what the palette shows, as JSON."""
    return JSONResponse({"groups": found(visit, visit.query.get("q", "")[:200])})


def search(visit: Visit) -> Response:
    """GET /search?q=: the same as a page, for those without scripts."""
    asked = visit.query.get("q", "")[:200]
    return visit.page("search.html", asked=asked, groups=found(visit, asked))


def found(visit: Visit, asked: str) -> list[dict[str, Any]]:
    """Return groups of options for what was typed; `>`, `#` and `?` before it narrow the kinds."""
    text = asked.strip()
    kind, text = (text[0], text[1:].strip()) if text[:1] in (">", "#", "?") else ("", text)
    base = visit.locale.base
    if kind == "?":
        return [_group("Help", [_option(base, title, "/help", "help", meta=mark) for mark, title, _ in HELP])]
    groups = []
    if kind != ">":
        groups.append(_group("Recent", recent(visit)[:6]) if not text else _group("Records", _records(visit, text)))
    if kind != "#":
        if kind != ">":
            places = _places(visit, text)
            leads = bool(text) and bool(places) and _begins(places[0]["label"], text)
            groups.insert(0 if leads else len(groups), _group("Go to", places))
        if text or kind == ">":
            groups.append(_group("Actions", _commands(visit, text)))
    return [one for one in groups if one["options"]]


def _group(label: str, options: list[dict[str, Any]]) -> dict[str, Any]:
    return {"label": label, "options": options}


def _option(base: str, label: str, path: str, icon: str, **more: str) -> dict[str, Any]:
    return {"label": label, "href": f"{base}{path}", "icon": icon, **more}


def _fits(text: str, *names: str) -> bool:
    words = text.casefold().split()
    against = " ".join(names).casefold()
    return all(word in against for word in words)


def _begins(name: str, text: str) -> bool:
    return name.casefold().startswith(text.casefold())


def _places(visit: Visit, text: str) -> list[dict[str, Any]]:
    """Return tables and pages whose names have every word; those that begin with the text come first."""
    kernel, base = visit.kernel, visit.locale.base
    options = []
    for group in menu(kernel.sources, kernel.access, visit.actor):
        tables = [one for one in group.entries if (text or not one.tucked) and _fits(text, one.title, one.path)]
        options += [_option(base, one.title, one.path, one.icon, hue=hue(one.path), meta=group.title) for one in tables]
    options += _dashboards(visit, text)
    pages = [*house_menu(kernel.access, visit.actor), *ACCOUNT]
    options += [_option(base, one.title, one.path, one.icon, meta="Page") for one in pages if _fits(text, one.title)]
    return sorted(options, key=lambda one: not _begins(one["label"], text))[:8]


def _dashboards(visit: Visit, text: str) -> list[dict[str, Any]]:
    """Return dashboards whose titles have every word; without words, the menu's page of them says enough."""
    if not text or not visit.kernel.access.decide(visit.actor, "dashboard.list", HOUSE.source, None).allowed:
        return []
    shelf = visit.perform("dashboard.list", HOUSE)
    named = [(one.dashboard.title, f"/dashboards/{one.dashboard.name}") for one in shelf.boards]
    named += [(f"Overview of {name}", f"{Target(name).path}/~dashboard") for name in shelf.sources]
    if _asks_for_overviews(text):
        groups = menu(visit.kernel.sources, visit.kernel.access, visit.actor)
        named += [(f"Overview of {one.title}", f"{one.path}/~dashboard") for group in groups for one in group.entries]
    base = visit.locale.base
    return [
        _option(base, title, path, "dashboard", meta="Dashboard")
        for title, path in named
        if _fits(text, title, "dashboard")
    ]


def _asks_for_overviews(text: str) -> bool:
    """Whether a word is the beginning of overview or dashboard: without it, that of a table would stand beside each."""
    words = [word for word in text.casefold().split() if len(word) >= SAYS]
    return any(one.startswith(word) for one in ("overview", "dashboard") for word in words)


def _commands(visit: Visit, text: str) -> list[dict[str, Any]]:
    """Return what can be begun from anywhere: a new row of any table that takes one."""
    decide, options = visit.kernel.access.decide, []
    for source in visit.kernel.sources:
        if source.read_only:
            continue
        for one in source.schema.resources.values():
            title = f"New {one.singular.lower()}"
            if one.tucked or not one.writable or not _fits(text, title):
                continue
            if decide(visit.actor, "row.create", source.name, one).allowed:
                path = f"{Target(source.name, one.name).path}/new"
                options.append(_option(visit.locale.base, title, path, "plus", hue="violet", meta=source.name))
    return options[:6]


def _records(visit: Visit, text: str) -> list[dict[str, Any]]:
    """Search every table at once; whoever is too slow for a palette is left out."""
    asked = [(one, WORKERS.submit(_pick, visit, one, text)) for one in _searched(visit)]
    wait([future for _, future in asked], timeout=BUDGET)
    options = []
    for resource, future in asked:
        options += _answers(visit, resource, future)
    options.sort(key=lambda one: not _begins(one["label"], text))
    return options[:MOST]


def _searched(visit: Visit) -> Iterable[Resource]:
    decide = visit.kernel.access.decide
    tables = [
        one
        for source in visit.kernel.sources
        for one in source.schema.resources.values()
        if not one.tucked
        and one.key
        and one.search_fields
        and decide(visit.actor, "row.list", source.name, one).allowed
    ]
    unknown = math.inf
    return sorted(tables, key=lambda one: unknown if one.estimated_rows is None else one.estimated_rows)[:TABLES]


def _pick(visit: Visit, resource: Resource, text: str) -> list[Any]:
    picked: list[Any] = visit.perform("row.pick", Target(resource.source, resource.name), {"text": text, "limit": EACH})
    return picked


def _answers(visit: Visit, resource: Resource, future: Future[list[Any]]) -> list[dict[str, Any]]:
    if not future.done():
        future.cancel()
        return []
    error = future.exception()
    if error is not None:  # one bad table takes no other down
        if not isinstance(error, NexusError):
            log.error("%s could not be searched.", resource.name, exc_info=error)
        return []
    base, path = visit.locale.base, Target(resource.source, resource.name).path
    return [
        _option(
            base, one.title, f"{path}/{one.key}", resource.icon, detail=one.detail, meta=resource.singular,
            hue=hue(f"/s/{segment(resource.source)}/{segment(resource.name)}"),
        )
        for one in future.result()
    ]  # fmt: skip


def help_page(visit: Visit) -> Response:
    """GET /help: every shortcut, and what the palette understands."""
    return visit.page("help.html", prefixes=HELP)


DOORS = (
    Door("/~palette", palette, SIGNED_IN),
    Door("/search", search, SIGNED_IN),
    Door("/help", help_page, SIGNED_IN),
)
