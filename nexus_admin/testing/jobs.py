"""What every job keeps, as a suite to subclass; and the context that a test runs one with, without a worker.

class TestNightlyTotals(JobContract):
    job = nightly_totals
    data: ClassVar = {"day": "2026-03-02"}

    def perform(self, action, target, data):
        return Listing(...)  # what the one path would answer
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from nexus_admin.actions.jobs.runs import LONGEST_RESULT, as_text
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.job import Cancelled, Job
from nexus_admin.domain.target import Target
from nexus_admin.kernel.working.declaring import check_job


@dataclass
class JobDouble:
    """A `JobContext` for tests: does nothing by itself, and remembers what it was told.

    Args:
        answers: Answers `perform`; None where the job is not to ask for anything.
        stops_after: How often it may say how far it is before it is cancelled; None for never.
    """

    answers: Any = None
    stops_after: int | None = None
    id: str = "0" * 26
    attempt: int = 1
    actor: Actor = field(default_factory=lambda: Actor.system("test"))
    told: list[tuple[float, float | None, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    asked: list[tuple[str, Target, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def cancelled(self) -> bool:
        """Whether it was told often enough how far the job is."""
        return self.stops_after is not None and len(self.told) >= self.stops_after

    def check(self) -> None:
        """As `JobContext.check`."""
        if self.cancelled:
            raise Cancelled("The test has cancelled it.")

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """As `JobContext.progress`."""
        self.check()
        self.told.append((done, total, text))

    def log(self, line: str) -> None:
        """As `JobContext.log`."""
        self.lines.append(line)

    def perform(
        self,
        action: str,
        target: Target,
        data: Mapping[str, Any] | None = None,
        *,
        settles: bool = False,  # noqa: ARG002
    ) -> Any:
        """As `JobContext.perform`; there is nothing here that it could settle."""
        self.check()
        self.asked.append((action, target, data or {}))
        assert self.answers is not None, f"The job asks for {action}, and the test has no answer."
        return self.answers(action, target, data or {})

    def run(self, job: Job, data: Mapping[str, Any] | None = None) -> Any:
        """Run *job* here and now, whatever its place is, and return its result."""
        found = job.run(self, job.input.model_validate(dict(data or {})))
        if not inspect.isawaitable(found):
            return found
        with ThreadPoolExecutor(1) as apart:  # the test's own thread may have a loop that runs already
            return apart.submit(lambda: asyncio.run(found)).result()  # type: ignore[arg-type]


class JobContract:
    """Subclass it, name the job and give it data; answer `perform` where it asks for anything."""

    job: ClassVar[Job]
    data: ClassVar[Mapping[str, Any]] = {}

    def perform(self, action: str, target: Target, data: Mapping[str, Any]) -> Any:  # noqa: ARG002
        """Answer what the job asks for."""
        raise AssertionError(f"The job asks for {action} on {target}: answer it in `perform`.")

    def test_it_can_be_declared(self) -> None:
        """Its place, schedules, limits and names are in order, and people can read what it does."""
        check_job(self.job, ())
        assert self.job.title, "Give it a title: it stands in lists."

    def test_its_data_goes_through_the_queue(self) -> None:
        """What JSON can say comes back as it was put in."""
        given = self.job.input.model_validate(dict(self.data))
        text = json.dumps(given.model_dump(mode="json"))
        assert self.job.input.model_validate(json.loads(text)) == given

    def test_its_result_can_be_kept(self) -> None:
        """The result is JSON, and not longer than what is kept."""
        text = as_text(JobDouble(self.perform).run(self.job, self.data))
        assert text is None or (len(text.encode()) <= LONGEST_RESULT and not text.startswith('"It returned'))

    def test_it_ends_where_it_is_cancelled(self) -> None:
        """It lets `Cancelled` through; one that never says how far it is cannot be asked."""
        watched = JobDouble(self.perform)
        watched.run(self.job, self.data)
        if not watched.told:
            pytest.skip("It does not say how far it is.")
        with pytest.raises(Cancelled):
            JobDouble(self.perform, stops_after=0).run(self.job, self.data)
