"""Pages, workers and schedulers as processes of their own, which meet in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin.domain.errors import Refused
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options, Part
from tests.kernel.working.jobs_plugin import CODE
from tests.kernel.working.tally_child import KEY
from tests.kernel.working.world import JOBS, job_of, over, pushed, runs
from tests.kernel.world import perform, plugin
from tests.waiting import until


@pytest.fixture
def pair(tmp_path: Path, new_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Kernel, Kernel]]:
    monkeypatch.setenv("NEXUS_SECRET_KEY", KEY)
    plugin(tmp_path, "tick", CODE)

    def started(*parts: Part) -> Kernel:
        return Kernel(Options(project=tmp_path, state=new_postgres_url, environ={}, parts=frozenset(parts))).start()

    both = started(Part.web), started(Part.worker, Part.scheduler)
    yield both
    for one in both:
        one.stop()


@pytest.mark.req("S002-QUEUE-05", "S003-STACK-12")
def test_what_one_process_pushes_another_does_and_lets_go_of(pair: tuple[Kernel, Kernel]) -> None:
    web, worker = pair
    assert web.crew.worker is None
    id = pushed(web, "tick.count", n=3)
    assert over(web, id).state == "done"
    long = pushed(web, "tick.long")
    until(lambda: job_of(web, long).state == "running", "its beginning")
    open_entry = until(lambda: [run.entry for run in worker.crew.worker.running()], "its run")  # type: ignore[union-attr]
    row = {"id": open_entry[0], "action": "job.work", "key": long}
    assert web.crew.is_at(row)  # so no process settles the entry of a job that another one is at
    perform(web, "queue.cancel", JOBS, ids=[long])
    assert over(web, long).state == "cancelled"
    assert runs(web, long)[0].outcome == "cancelled"
    assert not web.crew.is_at(row)


def test_a_file_is_for_one_process(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="needs our own state in PostgreSQL"):
        Kernel(Options(state=str(tmp_path / "a.db"), environ={}, parts=frozenset({Part.worker}))).start()
