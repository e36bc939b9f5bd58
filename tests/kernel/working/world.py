"""A house with jobs, and what is waited for in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from nexus_admin.actions.jobs.runs import RunRecord
from nexus_admin.brokers.queue.protocol import Job
from nexus_admin.domain.target import Target
from nexus_admin.kernel.extensions import module_name
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.working.jobs_plugin import CODE
from tests.kernel.world import kernel_of, perform, plugin
from tests.waiting import until

JOBS = Target("nexus", "jobs")


@contextmanager
def house(project: Path, **given: Any) -> Iterator[Kernel]:
    """Start a house in which the jobs of `CODE` are declared; nothing of them hangs when it ends."""
    plugin(project, "tick", CODE)
    kernel = kernel_of(project, **given)
    assert kernel.hooks.statuses["plugins/tick"].error == ""
    try:
        yield kernel
    finally:
        module_of(kernel).HUNG.set()
        kernel.stop()


def module_of(kernel: Kernel) -> ModuleType:
    """Return the plugin's module."""
    return sys.modules[module_name(kernel.hooks.statuses["plugins/tick"].extension)]


def pushed(kernel: Kernel, name: str, **data: Any) -> str:
    """Push a job as the owner."""
    return str(perform(kernel, "job.run", JOBS, job=name, data=data))


def job_of(kernel: Kernel, id: str) -> Job:
    found = kernel.crew.queue.find(id)
    assert found is not None
    return found


def over(kernel: Kernel, id: str) -> Job:
    """Wait until a job is over, and its run kept."""
    until(lambda: job_of(kernel, id).state in ("done", "dead", "cancelled"), f"the end of {id}")
    until(lambda: runs(kernel, id), "its record")
    return job_of(kernel, id)


def runs(kernel: Kernel, id: str) -> list[RunRecord]:
    """Return the attempts at a job, the newest first."""
    found = perform(kernel, "job.read", JOBS, limit=500)
    assert isinstance(found, list)
    return [one for one in found if one.job_id == id]
