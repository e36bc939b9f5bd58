"""How much of streams is kept: settings say it by stream, and what is over is forgotten once a minute.

Never what a group still needs or has set aside. Without a word of the settings a stream is kept whole.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nexus_admin.audit.outbox import HOUSE
from nexus_admin.brokers.sizes import LARGEST
from nexus_admin.brokers.stream import Stream
from nexus_admin.brokers.stream.archive import Archive
from nexus_admin.brokers.stream.reserved import LEDGER
from nexus_admin.brokers.stream.retention import Policy, Retention
from nexus_admin.domain.by_name import first_fit
from nexus_admin.domain.errors import SettingError
from nexus_admin.kernel.brokers.amounts import MOST_DAYS, read_days, read_events, read_sizes
from nexus_admin.kernel.settings import Settings
from nexus_admin.state.engine import State

DAYS, BYTES, EVENTS = "streams.keep_days", "streams.keep_bytes", "streams.keep_events"
SAID = "streams.kept"
KEPT_OF_HOUSE = 30.0
"""Days that the events of the house are kept at most, and longer where a listener has not heard them yet."""

log = logging.getLogger(__name__)


def retention_of(settings: Settings, state: State, project: Path | None) -> Retention:
    """Return what keeps streams by *settings*; archives lie beside *state*, or in *project* where it is a server's."""
    beside = Path(state.where).parent if state.dialect == "sqlite" else (project or Path()).absolute()
    folder = beside / (settings["streams.archive_folder"] or "stream-archive")
    return Retention(lambda name: policy_of(settings, name), Archive(folder), lambda: list(settings[SAID]))


def policy_of(settings: Mapping[str, Any] | Settings, name: str) -> Policy:
    """Return what is kept of a stream: what an operator said of it, else what the lists say; all of the ledger.

    Raises:
        SettingError: names the entry that cannot be read.
    """
    if name == LEDGER:
        return Policy()
    for entry in settings[SAID]:
        said, policy = read_said(entry)
        if said == name:
            return policy
    days = first_fit(name, read_days(DAYS, settings[DAYS]))
    if name == HOUSE:
        days = min(days or KEPT_OF_HOUSE, KEPT_OF_HOUSE)
    events = first_fit(name, read_events(EVENTS, settings[EVENTS]))
    size = first_fit(name, read_sizes(BYTES, settings[BYTES]))
    archive = any(fnmatchcase(name, one) for one in settings["streams.archive"])
    return Policy(days, events, size, archive)


def read_said(entry: str) -> tuple[str, Policy]:
    """Read what an operator said on a stream's page: `orders.events=days:30+bytes:5000+events:9+archive`.

    Raises:
        SettingError: names the entry that says something else.
    """
    name, _, text = entry.rpartition("=")
    given = dict(one.partition(":")[::2] for one in text.split("+") if one)
    try:
        days, events, size = (given.pop(one, None) for one in ("days", "events", "bytes"))
        policy = Policy(
            None if days is None else float(days),
            None if events is None else int(events),
            None if size is None else int(size),
            given.pop("archive", None) is not None,
            here=True,
        )
        told = [one for one in (policy.days, policy.events, policy.bytes) if one is not None]
        fits = bool(name) and not given and all(0 < one <= LARGEST for one in told)
        fits = fits and (policy.days is None or policy.days <= MOST_DAYS)
    except ValueError:
        fits = False
    if not fits:
        raise SettingError(f"{SAID}: {entry!r} does not say what is kept. Say it on the stream's page.")
    return name, policy


def forget(retention: Retention, stream: Stream) -> int:
    """Forget what is over the limits of each stream; one that cannot be archived keeps no other. Return how many."""
    gone = 0
    for one in stream.figures():
        try:
            gone += retention.apply(stream, one.stream)
        except Exception as error:
            log.warning("Of the stream %s nothing was forgotten. %s", one.stream, error)
    return gone
