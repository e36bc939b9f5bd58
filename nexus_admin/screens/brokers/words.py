"""How brokers are spoken of and drawn: states with their marks, ages, rates, lines of a course, lines of a content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from urllib.parse import urlencode

from nexus_admin.actions.brokers.contents import Shown
from nexus_admin.actions.brokers.jobs import DOES
from nexus_admin.actions.brokers.queues import QueueSeen
from nexus_admin.actions.brokers.watch import Course
from nexus_admin.brokers.queue.protocol import JobState
from nexus_admin.brokers.stream.protocol import GroupFigures, Position
from nexus_admin.brokers.stream.retention import Policy
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.screens.formats import length_of_time, number, size

OLD = 60.0
"""Seconds that a ready job may wait before its queue is marked."""
LEAST_SPAN = 20.0
"""Seconds that a course spans at least: what is shorter does not fill its width."""
BEHIND = (1_000, 10_000)
"""Events behind which a group is marked, and marked as bad."""


@dataclass(frozen=True, slots=True)
class Word:
    """A state: what it is called, its hue and its icon."""

    text: str
    hue: str
    icon: str


STATES: Mapping[JobState, Word] = {
    "waiting": Word("Waiting", "amber", "s-pending"),
    "ready": Word("Ready", "blue", "s-open"),
    "running": Word("Running", "violet", "s-half"),
    "done": Word("Done", "green", "s-done"),
    "dead": Word("Dead", "red", "s-alert"),
    "cancelled": Word("Cancelled", "gray", "s-cancelled"),
}

PAGES = (
    ("queues", "Queues", "/brokers"),
    ("queues", "Jobs", "/s/brokers/jobs"),
    ("queues", "Schedules", "/brokers/schedules"),
    ("streams", "Streams", "/brokers/streams"),
    ("streams", "Events", "/s/brokers/events"),
    ("streams", "Projections", "/brokers/projections"),
    ("topics", "Topics", "/brokers/topics"),
    ("store", "Store", "/brokers/store"),
)
"""The tabs, each with the broker that it needs."""


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line over time, as SVG paths, and where it ends."""

    line: str
    area: str
    x: float
    y: float


def tabs(there: Iterable[str]) -> list[tuple[str, str]]:
    """Return (title, address) of the tabs whose broker is there; the first page is there in any case."""
    known = set(there)
    found = [(title, path) for needs, title, path in PAGES if needs in known]
    return found if "queues" in known else [("Overview", "/brokers"), *found]


def kept(policy: Policy) -> str:
    """Return what is kept of a stream, as a sentence."""
    limits = [f"events of {policy.days:g} days"] if policy.days is not None else []
    limits += [f"the newest {policy.events:,} events"] if policy.events is not None else []
    limits += [f"the newest {size(policy.bytes)} of payloads"] if policy.bytes is not None else []
    told = f"{', and of them '.join(limits)}; more while a group needs it." if limits else "All of it."
    told += " What goes is archived before." if policy.archive else ""
    return f"{told[0].upper()}{told[1:]}" + (" Said here, not in the settings." if policy.here else "")


def spark(points: Sequence[tuple[float, float]], width: int = 84, height: int = 20) -> Spark | None:
    """Draw (seconds ago, value), oldest first; None where there is no course yet."""
    if len(points) < 2:
        return None
    span = max(points[0][0], LEAST_SPAN)
    top = max(value for _, value in points) or 1.0
    thinned = points[:: max(1, len(points) // width)]
    if thinned[-1] != points[-1]:
        thinned = [*thinned, points[-1]]
    spots = [(width - 3 - ago / span * (width - 5), height - 2 - value / top * (height - 5)) for ago, value in thinned]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    return Spark(line, f"{line}L{spots[-1][0]:.1f} {height}L{spots[0][0]:.1f} {height}Z", *map(_short, spots[-1]))


def _short(value: float) -> float:
    return round(value, 1)


def age(seconds: float | None) -> str:
    """Return `6 min`, `2 s`; a dash for none."""
    if seconds is None:
        return "–"
    return length_of_time(timedelta(seconds=seconds)).split(" ")[0] + " " + _unit(seconds)


def _unit(seconds: float) -> str:
    return "s" if seconds < 60 else "min" if seconds < 3600 else "h" if seconds < 86_400 else "d"


def took(begun: datetime, ended: datetime) -> str:
    """Return how long something took: `0.4 s`, `3 min`."""
    seconds = (ended - begun).total_seconds()
    return f"{max(seconds, 0):.1f} s" if seconds < 60 else age(seconds)


def clock(at: datetime, zone: tzinfo) -> str:
    """Return a moment of today to the second."""
    return f"{at.astimezone(zone):%H:%M:%S}"


def rate(value: float | None) -> str:
    """Return `12.4`, `184`; a dash where there is no telling yet."""
    if value is None:
        return "–"
    return number(round(value)) if value >= 100 or value == 0 else f"{value:.1f}" if value >= 0.05 else "<0.1"


def together(courses: Iterable[Course], name: str) -> str:
    """Return the sum of several rates."""
    known = [one for one in (course.rate(name) for course in courses) if one is not None]
    return rate(sum(known)) if known else "–"


def queue_tone(queue: QueueSeen) -> str:
    """Return how a queue is doing: warning where jobs are dead, wait long or are held."""
    late = queue.figures.oldest is not None and queue.figures.oldest > OLD
    return "warning" if late or queue.dead or (queue.figures.held and queue.depth) else "success"


def is_late(queue: QueueSeen) -> bool:
    """Whether its oldest ready job waits long."""
    return queue.figures.oldest is not None and queue.figures.oldest > OLD


def lag_tone(group: GroupFigures) -> str:
    """Return how a group is doing."""
    return "success" if group.behind < BEHIND[0] else "warning" if group.behind < BEHIND[1] else "danger"


def behind(count: int) -> str:
    """Return how many events, as far as they are counted."""
    return f"{number(count)}{'+' if count >= BEHIND[1] else ''}"


def lag_share(group: GroupFigures) -> int:
    """Return how far behind a group is, of what is counted, as a percentage for a bar."""
    return min(100, round(100 * group.behind / (BEHIND[1] * max(1, len(group.lanes)))) or (1 if group.behind else 0))


def place(position: Position) -> str:
    """Return a position as people know it: its number, before it the transaction where there are some."""
    return str(position) if position.xid else str(position.seq)


def can(state: JobState) -> list[str]:
    """Return what can be done to a job in *state*."""
    return [do for do, states in DOES.items() if state in states and not (do == "retry" and state == "done")]


def short_id(id: str) -> str:
    """Return `01J9X4…K2`."""
    return f"{id[:6]}…{id[-4:]}" if len(id) > 14 else id


def address(path: str, **asked: object) -> str:
    """Return *path* with what of *asked* is not empty as its query."""
    given = {name: value for name, value in asked.items() if value not in ("", None, ())}
    return f"{path}?{urlencode(given)}" if given else path


_TOKEN = re.compile(
    r'(?P<s>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<em>"(?:[^"\\]|\\.)*"?)|(?P<var>-?\d[\d.eE+-]*)|(?P<b>\b(?:true|false|null)\b)'
)
MOST_LINES = 400


def code(shown: Shown) -> list[list[tuple[str, str]]]:
    """Return the lines of a content as pieces: (element that colours it, or "", text)."""
    lines = shown.text.split("\n")[:MOST_LINES]
    if shown.kind != "json":
        return [[("", line)] for line in lines]
    return [_pieces(line) for line in lines]


def is_cut(shown: Shown) -> bool:
    """Whether there is more of it than `code` gives."""
    return shown.cut or shown.text.count("\n") >= MOST_LINES


def _pieces(line: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    for match in _TOKEN.finditer(line):
        if match.start() > at:
            found.append(("", line[at : match.start()]))
        found.append((match.lastgroup or "", match[0]))
        at = match.end()
    return [*found, ("", line[at:])] if at < len(line) or not found else found
