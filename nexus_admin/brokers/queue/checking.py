"""What every engine of the queue checks in the same words, and what a push is made into before it is kept."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from nexus_admin.brokers.content import Content, content_of
from nexus_admin.brokers.queue.protocol import OVER, Job, JobState
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, Invalid, TooLarge
from nexus_admin.domain.spelling import json_writer

MOST_PAYLOAD = 2**20
"""Bytes of a payload, unless an engine is told otherwise."""
ALWAYS_FITS = 1024
"""Bytes that every limit by queue lets through, so that of small payloads nobody asks what it is."""
Most = int | Callable[[str], int]
"""The largest payload in bytes: of every queue, or by its name."""
MOST_NOTE = 2**14
MOST_KEY = 1024
MOST_ERROR = 2**15
MOST_POPPED = 1000
MOST_PUSHED = 100_000
"""Jobs in one `push_many`."""
LONGEST_LEASE = 7 * 86_400.0
LONGEST_DELAY = 10 * 366 * 86_400.0
SECOND = 1_000_000

LEASE_LOST = "Whoever had it neither settled nor prolonged it before its lease ended."

_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STATES: tuple[JobState, ...] = ("waiting", "ready", "running", "done", "dead", "cancelled")
_spelled = json_writer(allow_nan=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms jobs are pushed: checked, and as they are kept. Spans and moments are microseconds.

    Args:
        rank: The priority, negated.
        delay: How long they wait; 0 where *run_at* says until when.
        run_at: Since 1970.
        note: JSON, None where it is empty.
    """

    queue: str
    rank: int = 0
    max_attempts: int = 5
    delay: int = 0
    run_at: int | None = None
    key: str | None = None
    serial: str | None = None
    note: str | None = None


def terms_of(
    queue: str,
    *,
    delay: float = 0.0,
    run_at: datetime | None = None,
    priority: int = 0,
    key: str | None = None,
    serial: str | None = None,
    max_attempts: int = 5,
    note: Mapping[str, Any] | None = None,
) -> Terms:
    """Check what `Queue.push` is given.

    Raises:
        BadRequest: something is none of what it should be.
        Invalid: JSON cannot say the note.
        TooLarge: the note is.
    """
    check_queue(queue)
    if not 0 <= delay <= LONGEST_DELAY:
        raise BadRequest(f"A delay is a number of seconds from 0 to ten years, not {delay!r}.")
    if run_at is not None and delay:
        raise BadRequest("A job waits for a moment or for some time: give run_at or delay, not both.")
    if run_at is not None and run_at.tzinfo is None:
        raise BadRequest(f"{run_at!r} has no time zone; give datetime.now(UTC) or the like.")
    _whole("A priority", priority, -1000, 1000)
    _whole("The number of attempts", max_attempts, 1, 1000)
    for what, text in (("key", key), ("serial", serial)):
        _check_text(what, text)
    moment = None if run_at is None else micros(run_at)
    return Terms(queue, -priority, max_attempts, round(delay * SECOND), moment, key, serial, spelled_note(note))


def same_for_all(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what `push_many` is given for all of its jobs. Raises `BadRequest` for what only one could have."""
    if given.get("key") is not None:
        raise BadRequest("Only one job of a queue has a key: push it alone.")
    return given


def contents_of(queue: str, payloads: Sequence[Any], most: Most) -> list[Content]:
    """Return *payloads* as they are kept, each of *most* bytes at most.

    Raises:
        Invalid, TooLarge: one of them.
    """
    if len(payloads) > MOST_PUSHED:
        raise TooLarge(f"One push takes {MOST_PUSHED:,} jobs, not {len(payloads):,}. Push them in parts.")
    contents = [content_of(one) for one in payloads]
    for one in contents:
        if len(one.data) > (limit := _limit(most, queue, len(one.data))):
            raise TooLarge(
                f"A payload for the queue {queue!r} has {len(one.data):,} bytes; one may have {limit:,} here. "
                "Put what is large into a file or a table, and push where it is; or raise queues.most_bytes, or "
                "queues.most_bytes_of for this queue alone."
            )
    return contents


def content_again(find: Callable[[str], Job | None], ids: Sequence[str], payload: Any, most: Most) -> Content | None:
    """Return what jobs that are tried again shall be about, as the queue of each of them takes it; None for as it was.

    Raises:
        Invalid, TooLarge: it cannot be kept.
    """
    if payload is None:
        return None
    queues = {job.queue for job in map(find, ids) if job is not None}
    contents = [contents_of(queue, [payload], most)[0] for queue in sorted(queues) or [""]]
    return contents[0]


def _limit(most: Most, queue: str, size: int) -> int:
    if not callable(most):
        return most
    return ALWAYS_FITS if size <= ALWAYS_FITS else max(most(queue), ALWAYS_FITS)


def check_queue(queue: str) -> None:
    """Raise `BadRequest` where *queue* is no name of one."""
    if not isinstance(queue, str) or not _NAME.fullmatch(queue):
        raise BadRequest(f"A queue is called by 1 to 200 letters, digits, '.', '_' and '-', not {str(queue)[:60]!r}.")


def check_pop(queues: Sequence[str], n: int, lease: float, wait: float) -> None:
    """Raise `BadRequest` where `Queue.pop` cannot be asked so."""
    if not queues:
        raise BadRequest("Say from which queue: one at least.")
    for one in queues:
        check_queue(one)
    _whole("The number of jobs", n, 1, MOST_POPPED)
    check_lease(lease)
    if not 0 <= wait < math.inf:
        raise BadRequest(f"One waits for a number of seconds, not {wait!r}.")


def check_lease(lease: float) -> None:
    """Raise `BadRequest` where *lease* is no time to hold a job."""
    if not 0 < lease <= LONGEST_LEASE:
        raise BadRequest(f"A lease is a number of seconds above 0 and up to a week, not {lease!r}.")


def check_retry(retry_in: float | None) -> None:
    """Raise `BadRequest` where *retry_in* is no time to wait."""
    if retry_in is not None and not 0 <= retry_in <= LONGEST_DELAY:
        raise BadRequest(f"A job is tried again after a number of seconds from 0 to ten years, not {retry_in!r}.")


def check_listing(states: Sequence[JobState], limit: int) -> None:
    """Raise `BadRequest` where `Queue.jobs` cannot be asked so."""
    check_states(states, _STATES)
    _whole("The number of jobs", limit, 1, 1000)


def check_purge(queue: str, states: Sequence[JobState]) -> None:
    """Raise `BadRequest` where `Queue.purge` cannot be asked so."""
    check_queue(queue)
    if "running" in states:
        raise BadRequest("Jobs that run cannot be purged. Cancel them first, or wait until they are over.")
    check_states(states, _STATES)


def check_states(states: Sequence[JobState], known: Sequence[JobState]) -> None:
    """Raise `BadRequest` where one of *states* is none of *known*."""
    for one in states:
        if one not in known:
            raise BadRequest(f"No job is ever {one!r}; there is: {', '.join(known)}.")


def retry_after(attempts: int) -> float:
    """Return for how many seconds a job waits that failed *attempts* times: 1 s, doubled, up to 1 h, +- 25 %."""
    return min(2.0 ** min(attempts - 1, 20), 3600.0) * random.uniform(0.75, 1.25)


def spelled_note(note: Mapping[str, Any] | None) -> str | None:
    """Return *note* as JSON, None where there is nothing in it. Raises `Invalid` and `TooLarge`."""
    if not note:
        return None
    try:
        text = _spelled(dict(note))
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid({"note": f"JSON cannot say it: {error}."}) from error
    if len(text) > MOST_NOTE:
        raise TooLarge(f"What goes along with a job has {len(text):,} bytes; it may have {MOST_NOTE:,}.")
    return text


def clean_error(error: str) -> str:
    """Return *error* as it is kept: not too long, and of letters that every database keeps."""
    return error[:MOST_ERROR].replace("\0", "").encode(errors="replace").decode()


def is_over(state: str) -> bool:
    """Whether nothing comes after *state* by itself."""
    return state in OVER


def micros(moment: datetime) -> int:
    """Return *moment* as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(micros: int | None) -> datetime | None:
    """Return microseconds since 1970 as a moment, None as None."""
    # Exact until the year 2255; to add a timedelta takes four times as long, and every job has three of them.
    return None if micros is None else datetime.fromtimestamp(micros / SECOND, UTC)


def _whole(what: str, number: int, least: int, most: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise BadRequest(f"{what} is a whole number from {least:,} to {most:,}, not {number!r}.")


def _check_text(what: str, text: str | None) -> None:
    if text is None:
        return
    try:
        fits = 1 <= len(text.encode()) <= MOST_KEY and "\0" not in text
    except (AttributeError, UnicodeEncodeError):
        fits = False
    if not fits:
        raise BadRequest(f"A {what} is a text of 1 to {MOST_KEY:,} bytes, not {str(text)[:60]!r}.")
