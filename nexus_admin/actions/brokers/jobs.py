"""`queue.*` of jobs: found by state and words, read, tried again as they are or changed, cancelled, forgotten.

Words are looked for in what the asker may see, without secrets: which jobs the engine would find tells what is hidden.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator

from nexus_admin.actions.brokers.contents import Shown, masked, restored, shown, without_secrets
from nexus_admin.actions.brokers.parts import (
    Asked,
    Names,
    acting,
    looking,
    must_see_contents,
    queue_of,
    sees_contents,
)
from nexus_admin.actions.brokers.tables import matching
from nexus_admin.actions.jobs import call as job_call
from nexus_admin.actions.jobs.titles import Titles
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.brokers.content import JSON, Content
from nexus_admin.brokers.queue.protocol import OVER, Job, JobState, Queue
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Conflict, Invalid, NotFound, Refused
from nexus_admin.domain.expression import And, Comparison, Expression, Search
from nexus_admin.domain.job import BACKGROUND

LOOKED_AT = 2_000
"""Jobs that one search looks through."""
AT_ONCE = 500
MOST = 10_000
"""Jobs that one act by filter takes."""
DOES: Mapping[str, frozenset[JobState]] = {
    "retry": frozenset({"waiting", "dead", "cancelled", "done"}),
    "cancel": frozenset({"waiting", "ready", "running"}),
    "discard": OVER,
}
"""What can be done to jobs in which states."""
Does = Literal["retry", "cancel", "discard"]


class JobsFilter(Asked):
    """Which jobs. What is empty does not narrow."""

    queue: str = Field("", max_length=200)
    states: Names = Field((), description="`waiting`, `ready`, `running`, `done`, `dead`, `cancelled`, by comma.")
    text: str = Field("", max_length=200, description="Found in payload, key, serial and error, as you may see them.")

    @model_validator(mode="after")
    def _known(self) -> JobsFilter:
        known = {*DOES["retry"], *DOES["cancel"]}
        unknown = [one for one in self.states if one not in known]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no state. There are: {', '.join(sorted(known))}.")
        return self

    @property
    def wanted(self) -> tuple[JobState, ...]:
        """The states, as the queue takes them."""
        return self.states  # type: ignore[return-value]  # checked above


class JobsAsked(JobsFilter):
    """Which jobs, and which page of them."""

    after: str = Field("", max_length=60, description="The last of the page before.")
    limit: int = Field(50, ge=1, le=200)


class JobInput(Asked):
    """Which job."""

    id: str = Field(min_length=1, max_length=60)


class JobsMeant(JobsFilter):
    """Which jobs, as their list says it too."""

    filter: str = Field("", max_length=20_000, description="In the language of lists: `state:dead attempts:>3`.")
    search: str = Field("", max_length=500, description="Words that they must contain, as you may see them.")

    def where(self, able: frozenset[JobState]) -> Expression:
        """Return what of it is a condition, with the states in which something can be done."""
        states = tuple(one for one in self.wanted or sorted(able) if one in able)
        parts: list[Expression] = [Comparison(("state",), "in", states)]
        parts += [Comparison(("queue",), "eq", self.queue)] if self.queue else []
        parts += [Search(self.search)] if self.search.strip() else []
        return And(tuple(parts))


class MatchInput(JobsMeant):
    """Which jobs, and what is to be done to them."""

    do: Does


class JobsInput(JobsMeant):
    """Jobs by their ids, or every one that fits a filter."""

    ids: list[str] = Field([], max_length=1_000, description="These; without them, all that the filter finds.")
    upto: str = Field("", max_length=60, description="Of a filter: none that came after the job with this id.")
    expected: int | None = Field(None, ge=0, description="Of a filter: refuse where more than so many fit.")


class EditInput(JobInput):
    """What a job is to be about from now on."""

    payload: SecretStr = Field(description="As it was shown, changed; dots that are left stand for their secrets.")


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job as somebody may see it; `job` has no content, no error and no note of its own any more.

    `title` is that of the declared job or action that its payload names, "" for none and for whoever may not see it.
    """

    job: Job
    shown: Shown
    error: str
    note: Mapping[str, Any]
    title: str = ""

    @property
    def editable(self) -> bool:
        """Whether its payload can be changed: all of it is shown, and it is no action with sealed data."""
        return self.shown.editable and self.job.queue != BACKGROUND

    def mentions(self, text: str) -> bool:
        """Whether *text* stands in what is shown of it."""
        told = (self.shown.text, self.job.key or "", self.job.serial or "", self.error, self.job.id)
        return any(text.lower() in one.lower() for one in told)


@dataclass(frozen=True, slots=True)
class JobsSeen:
    """A page of jobs, the newest first; `next` is where to go on, "" at the end."""

    jobs: tuple[JobSeen, ...]
    next: str


@dataclass(frozen=True, slots=True)
class Matched:
    """How many jobs something would be done to; the newest of them; whether there are more than one act takes."""

    count: int
    upto: str
    more: bool


def list_jobs(unit: Unit, data: JobsAsked) -> JobsSeen:
    """Return a page of jobs."""
    queue, sees = queue_of(unit), sees_contents(unit)
    text = data.text.strip()
    if not text:
        found = queue.jobs(data.queue or None, states=data.wanted, after=data.after or None, limit=data.limit + 1)
        page = tuple(_titled(unit, one, sees) for one in found[: data.limit])
        return JobsSeen(page, page[-1].job.id if len(found) > data.limit else "")
    shown_jobs: list[JobSeen] = []
    last = ""
    for job in islice(_all(queue, data, data.after), LOOKED_AT):
        one, last = _seen(job, sees), job.id
        if one.mentions(text):
            shown_jobs.append(_titled(unit, job, sees))
            if len(shown_jobs) == data.limit:
                break
    else:
        last = last if last and queue.jobs(data.queue or None, states=data.wanted, after=last, limit=1) else ""
    return JobsSeen(tuple(shown_jobs), last)


def read_job(unit: Unit, data: JobInput) -> JobSeen:
    """Return one job; who looked at its payload is noted.

    Raises:
        NotFound: it is not there (any more).
    """
    job, sees = _found(queue_of(unit), data.id), sees_contents(unit)
    if sees:
        unit.service(Ledger).note(unit.call, f"Looked at job {job.id} of {job.queue}.")
    return _titled(unit, job, sees)


def match(unit: Unit, data: MatchInput) -> Matched:
    """Return how many jobs fit a filter and can be done so to."""
    found = _matching(unit, data, data.do)
    return Matched(min(len(found), MOST), found[0] if found else "", len(found) > MOST)


def retry(unit: Unit, data: JobsInput) -> int:
    """Make jobs ready now, with all attempts anew; return of how many."""
    return _each(unit, data, "retry", queue_of(unit).retry)


def edit(unit: Unit, data: EditInput) -> str:
    """Try a job again with another payload; return its id, which is a new one where it runs for somebody else now.

    Whoever says what is done is the one who does it: a job that ran on behalf of somebody is queued anew for the asker,
    with their rights. In the place of another it would lend that one's rights to whoever may edit.

    Raises:
        Invalid: the payload is no JSON any more where it was, dots stand for no secret, or it does not fit its job.
        Forbidden: the asker may not see payloads, or not run that job.
        Conflict: it is not there to be tried again.
    """
    must_see_contents(unit, "change what a job is about")
    queue = queue_of(unit)
    job = _found(queue, data.id)
    if job.queue == BACKGROUND:
        raise Refused("An action in the background is sealed, so it cannot be changed. Ask for it again.")
    content = edited(job.content, data.payload.get_secret_value())
    size = f"{len(content.data):,} bytes"
    if job.note.get("actor"):
        id = _queued_anew(unit, queue, job, content)
        unit.detail = f"Job {job.id} of {job.queue} is tried again as {id}, with a changed payload of {size}."
        return id
    if not queue.retry(job.id, payload=content):
        raise _gone_on(job)
    unit.detail = f"Job {job.id} of {job.queue} is tried again with a changed payload of {size}."
    return job.id


def cancel(unit: Unit, data: JobsInput) -> int:
    """Take jobs out that are not over; who runs one hears of it."""
    return _each(unit, data, "cancel", queue_of(unit).cancel)


def discard(unit: Unit, data: JobsInput) -> int:
    """Forget jobs that are over."""
    return _each(unit, data, "discard", queue_of(unit).discard)


def edited(content: Content, text: str) -> Content:
    """Return what *content* becomes when somebody who saw it without its secrets writes *text* instead.

    Raises:
        Invalid: it was JSON and is none now; or dots stand for no secret; or it cannot be edited as text.
    """
    told = shown(content, allowed=True)
    if not told.editable:
        raise Invalid({"payload": "This payload is shown in part or as bytes, so it cannot be edited here."})
    if content.type != JSON:
        return Content(text.encode(), content.type)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise Invalid({"payload": f"This is no JSON from line {error.lineno}, letter {error.colno} on."}) from error
    except (ValueError, RecursionError) as error:
        raise Invalid(
            {"payload": "This is no JSON that can be read: a number is too long, or it is too deep."}
        ) from error
    return Content(json.dumps(restored(value, content.value), ensure_ascii=False).encode(), JSON)


def _each(unit: Unit, data: JobsInput, do: Does, act: Callable[..., int]) -> int:
    ids = list(dict.fromkeys(data.ids)) or _matching(unit, data, do, data.upto)[:MOST]
    if not data.ids and data.expected is not None and len(ids) > data.expected:
        raise Conflict(f"{len(ids):,} jobs fit by now, not {data.expected:,}. Look at the list again.")
    done = sum(act(*ids[at : at + AT_ONCE]) for at in range(0, len(ids), AT_ONCE))
    by = _which(data) if not data.ids else ", ".join(ids[:5]) + ("…" if len(ids) > 5 else "")
    unit.detail = f"{_DONE[do]} {done:,} of {len(ids):,} jobs ({by})."
    return done


def _which(data: JobsMeant) -> str:
    """Say which jobs were meant, for the audit; what was searched for may be of their contents, and is not said."""
    found = data.filter or data.search or data.text
    return f"of {data.queue or 'every queue'}{', as a filter found them' if found else ''}"


_DONE = {"retry": "Tried again", "cancel": "Cancelled", "discard": "Forgot"}


def _matching(unit: Unit, data: JobsMeant, do: Does, upto: str = "") -> list[str]:
    """Return the ids of the jobs that fit, the newest first; one more than an act takes, where there are more."""
    sees, text = sees_contents(unit), data.text.strip()
    found = matching(unit, data.filter, data.where(DOES[do]))
    fitting = (
        one.id for one in found if (not upto or one.id <= upto) and (not text or _seen(one, sees).mentions(text))
    )
    return list(islice(fitting, MOST + 1))


def _all(queue: Queue, data: JobsFilter, after: str = "") -> Iterator[Job]:
    while page := queue.jobs(data.queue or None, states=data.wanted, after=after or None, limit=AT_ONCE):
        yield from page
        after = page[-1].id
        if len(page) < AT_ONCE:
            return


def _found(queue: Queue, id: str) -> Job:
    job = queue.find(id)
    if job is None:
        raise NotFound(f"There is no job {id!r} (any more). Jobs that are over are kept for a while only.")
    return job


def _queued_anew(unit: Unit, queue: Queue, job: Job, content: Content) -> str:
    """Queue a job for the asker instead, and forget the one that it was."""
    value, name = content.value, job_call.title_of(job.value)
    data = value.get("data") if isinstance(value, dict) else None
    if not name or not isinstance(value, dict) or value.get("job") != name or not isinstance(data or {}, dict):
        raise Invalid({"payload": f'The payload names its job and has its data: {{"job": "{name}", "data": {{…}}}}.'})
    when = job_call.When(key=job.key, zone=str(job.note.get("zone") or "UTC"))
    asked = unit.services, unit.actor, name, data or {}, when
    job_call.errand(*asked)  # raises here what it would when the old job is gone already
    if job.state not in DOES["retry"] or (job.state == "waiting" and not queue.cancel(job.id)):
        raise _gone_on(job)
    id = job_call.push(*asked)
    queue.discard(job.id)
    return id


def _gone_on(job: Job) -> Conflict:
    return Conflict(f"Job {job.id} is {job.state} now, so it was left alone. Look at it again.")


def _titled(unit: Unit, job: Job, sees: bool) -> JobSeen:
    return replace(_seen(job, sees), title=Titles(unit.services).of(job) if sees else "")


def _seen(job: Job, sees: bool) -> JobSeen:
    error = without_secrets(job.error or "")[0]
    note, _ = masked(dict(job.note))
    return JobSeen(job, shown(job.content, allowed=sees), error, note)


ACTIONS = (
    looking("queue.jobs", JobsAsked, list_jobs, "Jobs"),
    looking("queue.job", JobInput, read_job, "A job"),
    looking("queue.match", MatchInput, match, "Jobs that fit"),
    acting("queue.retry", JobsInput, retry, "Retry", "redo"),
    acting("queue.edit", EditInput, edit, "Edit and retry", "edit"),
    acting("queue.cancel", JobsInput, cancel, "Cancel", "ban", danger=True),
    acting("queue.discard", JobsInput, discard, "Discard", "trash", danger=True),
)
