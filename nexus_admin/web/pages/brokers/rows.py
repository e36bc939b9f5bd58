"""/s/brokers/…: jobs, events, queues, topics and keys as lists like any other, and what is done to many jobs."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.actions.brokers.named_tables import SOURCE
from nexus_admin.actions.brokers.parts import ACT, VIEW
from nexus_admin.actions.brokers.tables import STATES
from nexus_admin.actions.rows.listing import Listing
from nexus_admin.domain.address import key_parts
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadRequest, NotFound
from nexus_admin.domain.expression import And, Comparison, Expression
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.row import ListRequest, RowPage
from nexus_admin.domain.target import Target
from nexus_admin.language.url import write
from nexus_admin.screens.brokers import words
from nexus_admin.screens.formats import plural
from nexus_admin.screens.lists.bulk import Meant, exported
from nexus_admin.screens.lists.columns import listed, wanted_names
from nexus_admin.screens.lists.page import list_page
from nexus_admin.screens.lists.query import ListQuery, read_query, with_query
from nexus_admin.web.pages.brokers.index import HOUSE, ROOT, frame
from nexus_admin.web.pages.brokers.jobs import many_page
from nexus_admin.web.pages.lists.page import deciding, described, query_of
from nexus_admin.web.visit import Door, Visit

JOBS, EVENTS = Target(SOURCE, "jobs"), Target(SOURCE, "events")
QUEUES, TOPICS, KEYS = (Target(SOURCE, name) for name in ("queues", "topics", "keys"))
DEEDS = (("retry", "Retry", "redo"), ("cancel", "Cancel…", "ban"), ("discard", "Discard…", "trash"))
LIVE = {
    "jobs": "brokers/queues", "queues": "brokers/queues", "events": "brokers/streams", "topics": "brokers/topics",
    "keys": "brokers/store",
}  # fmt: skip
TABS = {"queues": ROOT, "topics": f"{ROOT}/topics", "keys": f"{ROOT}/store"}
"""The tabs of lists that have none of their own."""
MANY = f"{ROOT}/jobs/~do"
MAY = frozenset({"rows.export"})


@dataclass(frozen=True, slots=True)
class State:
    """The list in one state: what it is called, where it is, how many there are, and whether this is it."""

    title: str
    url: str
    count: int
    chosen: bool


def jobs(visit: Visit) -> Response:
    """GET /s/brokers/jobs: jobs as a list, with their states above it."""
    return _show(visit, JOBS)


def events(visit: Visit) -> Response:
    """GET /s/brokers/events: events of every stream as a list."""
    return _show(visit, EVENTS)


def queues(visit: Visit) -> Response:
    """GET /s/brokers/queues: queues as a list."""
    return _show(visit, QUEUES)


def topics(visit: Visit) -> Response:
    """GET /s/brokers/topics: topics and patterns as a list."""
    return _show(visit, TOPICS)


def keys(visit: Visit) -> Response:
    """GET /s/brokers/keys: keys of the store as a list."""
    return _show(visit, KEYS)


def as_before(visit: Visit) -> Response:
    """GET /brokers/jobs: where the list was; `?queue=`, `?states=` and `?text=` become what it is filtered by."""
    parts = {"queue": visit.query.get("queue", ""), "state": visit.query.get("states", "")}
    where = [Comparison((name,), "in", tuple(value.split(","))) for name, value in parts.items() if value]
    schema, _ = described(visit, JOBS)
    known = And(tuple(where)) if where and set(parts["state"].split(",")) <= {"", *STATES} else None
    asked = {"filter": write(known, schema, "jobs"), "search": visit.query.get("text", "")}
    return visit.go(with_query(JOBS.path, asked))


def job(visit: Visit) -> Response:
    """GET /s/brokers/jobs/{key}: its page is among those of brokers."""
    return visit.go(f"{ROOT}/jobs/{_key(visit)}")


def event(visit: Visit) -> Response:
    """GET /s/brokers/events/{key}: one event, whatever comes after it."""
    stream, _, place = _key(visit).rpartition(":")
    xid, _, seq = place.rpartition(".")
    if not seq.isdecimal():
        raise NotFound(f"There is no event {_key(visit)[:80]!r}.")
    behind = f"{xid or 0}.{int(seq) + 1}"
    return visit.go(words.address(f"{ROOT}/streams/{stream}", after=behind))


def queue(visit: Visit) -> Response:
    """GET /s/brokers/queues/{key}: its dead letters."""
    return visit.go(words.address(ROOT, queue=_key(visit)))


def topic(visit: Visit) -> Response:
    """GET /s/brokers/topics/{key}: it in the tree."""
    return visit.go(words.address(f"{ROOT}/topics", topic=_key(visit)))


def kept(visit: Visit) -> Response:
    """GET /s/brokers/keys/{key}: it with what it holds, for whoever may see that."""
    return visit.go(words.address(f"{ROOT}/store", key=_key(visit)))


def bulk(visit: Visit) -> Response:
    """POST /s/brokers/jobs/~bulk: to the jobs that are ticked, or to all that the list finds; it asks where it must."""
    query = read_query(JOBS.path, visit.form, visit.kernel.settings["lists.page_size"])
    do, keys = visit.form.get("do", ""), visit.every("keys")
    everything = bool(visit.form.get("everything"))
    if do == "export":
        _, resource = described(visit, JOBS)
        meant = Meant(tuple(keys), everything, query.narrowed, len(keys))
        return visit.go(with_query(f"{JOBS.path}/~export", exported(resource, query, meant)))
    if everything:
        return visit.go(with_query(MANY, {"do": do, **query.narrowed, "back": query.url()}))
    if not keys:
        raise BadRequest("No job was ticked. Go back and tick those that are meant.")
    ids = [key_parts(key, 1)[0] or "" for key in keys]
    if do != "retry":
        return many_page(visit, {"do": do}, ids)
    done = visit.perform("queue.retry", HOUSE, {"ids": ids})
    return visit.go(query.url(), f"{plural(done, 'job')} tried again.")


def _show(visit: Visit, target: Target) -> Response:
    schema, resource = described(visit, target)
    decide = deciding(visit, SOURCE, schema)
    query = query_of(visit, target)
    names = _leading(wanted_names(query, resource, decide(resource.name).shows), resource, decide(resource.name))
    problem: BadRequest | None = None
    try:
        listing: Listing = visit.perform("row.list", target, {**query.data(), "fields": listed(names)}, "rows")
    except BadRequest as error:
        problem, query = error, ListQuery(query.path, query.filter, query.search)
        names = _leading(wanted_names(query, resource, decide(resource.name).shows), resource, decide(resource.name))
        listing = Listing(schema, resource, decide(resource.name), ListRequest(), RowPage([], []))
    known = frame(visit, target.path)
    acts = known["may_act"] and target == JOBS
    page = list_page(listing, query, names, visit.kernel.kind, visit.locale, decide, picks=acts)
    return visit.page(
        "brokers/rows_only.html" if "list" in visit.fragment.split() else "brokers/rows.html",
        400 if problem else 200, page=page, query=query, problem=problem, may=MAY, offered=(), target=target,
        deeds=DEEDS if acts else (), follows=LIVE[resource.name], also=TABS.get(resource.name),
        states=_states(visit, query, listing.request.where, schema) if target == JOBS else (), **known,
    )  # fmt: skip


def _leading(names: tuple[str, ...], resource: Resource, decision: Decision) -> tuple[str, ...]:
    """Return *names* led by one that can be read: where the title is masked, the key is the way to a row."""
    if decision.reads(names[0]):
        return names
    return (*resource.key, *(one for one in names[1:] if one not in resource.key))


def _states(visit: Visit, query: ListQuery, where: Expression | None, schema: Schema) -> list[State]:
    """Return the list in each state, all else that it is filtered by as it is; counts are those of its queue."""
    parts = where.items if isinstance(where, And) else () if where is None else (where,)
    others = tuple(one for one in parts if not _about(one, "state"))
    chosen = next((one.value for one in parts if isinstance(one, Comparison) and _about(one, "state")), None)
    queue = next((one.value for one in parts if isinstance(one, Comparison) and _about(one, "queue")), None)
    figures = [one for one in visit.perform("queue.list", HOUSE) if queue in (None, one.figures.queue)]

    def address(state: str) -> str:
        wanted = (Comparison(("state",), "eq", state),) if state else ()
        kept = And((*wanted, *others)) if wanted or others else None
        return query.url(filter=write(kept, schema, "jobs") if kept else "")

    made = [State("All", address(""), 0, not any(_about(one, "state") for one in parts))]
    for state, word in words.STATES.items():
        made.append(State(word.text, address(state), sum(one.of(state) for one in figures), chosen == state))
    return made


def _about(one: Expression, name: str) -> bool:
    return isinstance(one, Comparison) and one.path == (name,)


def _key(visit: Visit) -> str:
    return key_parts(visit.path["key"], 1)[0] or ""


DOORS = (
    Door(f"{ROOT}/jobs", as_before, VIEW),
    Door(JOBS.path, jobs, VIEW),
    Door(EVENTS.path, events, VIEW),
    Door(QUEUES.path, queues, VIEW),
    Door(TOPICS.path, topics, VIEW),
    Door(KEYS.path, keys, VIEW),
    Door(f"{JOBS.path}/~bulk", bulk, ACT, ("POST",)),
)
ROWS = (  # after lists: ~count is no key
    Door(f"{JOBS.path}/{{key}}", job, VIEW),
    Door(f"{EVENTS.path}/{{key}}", event, VIEW),
    Door(f"{QUEUES.path}/{{key}}", queue, VIEW),
    Door(f"{TOPICS.path}/{{key}}", topic, VIEW),
    Door(f"{KEYS.path}/{{key}}", kept, VIEW),
)
