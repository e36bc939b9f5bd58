"""Every job by name: declared at start-up, pushed and run by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.job import BACKGROUND, Job, Place, Schedule
from nexus_admin.domain.nearest import did_you_mean


class UnknownJob(NotFound):
    """No job has that name."""

    code = "unknown_job"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no job called {name!r}.{did_you_mean(name, known, '`nexus job ls` lists them.')}")


class Jobs:
    """Knows every job that is declared."""

    def __init__(self) -> None:
        self._by_name: dict[str, Job] = {}

    def replace(self, jobs: Iterable[Job]) -> None:
        """Take *jobs* in the place of all that there were."""
        self._by_name = {one.name: one for one in jobs}

    def remove_of(self, owner: str) -> None:
        """Forget the jobs of an extension that was switched off; what waits of them goes on waiting."""
        self._by_name = {name: one for name, one in self._by_name.items() if one.owner != owner}

    def get(self, name: str) -> Job:
        """Return the job called *name*.

        Raises:
            UnknownJob: names the nearest neighbour.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownJob(name, self._by_name) from None

    def queues(self, place: Place) -> list[str]:
        """Return the queues from which the jobs of a place come; actions in the background run in threads."""
        own = {BACKGROUND} if place == "thread" else set()
        return sorted({one.waits_in for one in self._by_name.values() if one.place == place} | own)

    def schedules(self) -> dict[str, tuple[Job, Schedule]]:
        """Return every declared schedule by its name."""
        return {name: (one, due) for one in self for name, due in one.schedule_names().items()}

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._by_name.values()))
