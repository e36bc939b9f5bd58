"""What is kept of each stream: a policy by its name, what it comes to, and archiving before anything is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from nexus_admin.brokers.stream.archive import Archive
from nexus_admin.brokers.stream.position import BEGIN
from nexus_admin.brokers.stream.protocol import Stream
from nexus_admin.brokers.stream.trimming import Trimming
from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept of a stream; what is over any of the limits goes, unless a group needs it.

    Args:
        days, events, bytes: Younger than so many days, so many of the newest, those of so many bytes; None for all.
        archive: Whether events are archived before they are forgotten.
        here: Whether an operator said it on the stream's page, and no file.
    """

    days: float | None = None
    events: int | None = None
    bytes: int | None = None
    archive: bool = False
    here: bool = False

    def limits(self) -> list[dict[str, Any]]:
        """Return each limit as `Stream.trim` takes it."""
        found: list[dict[str, Any]] = [] if self.days is None else [{"older_than": timedelta(days=self.days)}]
        found += [] if self.events is None else [{"keep": self.events}]
        return found + ([] if self.bytes is None else [{"keep_bytes": self.bytes}])


@dataclass(frozen=True, slots=True)
class Retention:
    """Forgets by policies.

    Args:
        policy_of: What is kept of the stream with a name, as the settings have it now.
        archive: Where events are archived.
        said: What operators said on pages of streams, in the words of the setting.
    """

    policy_of: Callable[[str], Policy]
    archive: Archive
    said: Callable[[], list[str]]

    def plan(self, stream: Stream, name: str, policy: Policy) -> Trimming:
        """Return what keeping by *policy* forgets as things are; nothing is forgotten."""
        plans = [stream.trim_plan(name, **limit) for limit in policy.limits()]
        return max(plans, key=lambda one: (one.before, sum(need.events for need in one.needs)), default=NOTHING)

    def apply(self, stream: Stream, name: str) -> int:
        """Forget what the policy of a stream says; return how many events."""
        return sum(self.trim(stream, name, **limit) for limit in self.policy_of(name).limits())

    def trim(self, stream: Stream, name: str, *, force: bool = False, **limits: Any) -> int:
        """As `Stream.trim`, once what goes is archived where the policy says so.

        Raises:
            Refused, StateDown: it cannot be archived; then nothing is forgotten.
        """
        if self.policy_of(name).archive:
            before = stream.trim_plan(name, force=force, **limits).before
            if before == BEGIN:
                return 0
            self.archive.write(stream, name, before)
            limits = {"before": before}
        return stream.trim(name, force=force, **limits)


NOTHING = Trimming(BEGIN, 0, 0, ())
"""What a trim comes to that has nothing to forget."""
