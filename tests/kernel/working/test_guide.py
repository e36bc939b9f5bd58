"""What the guide to jobs shows happens just so; and the contract of jobs, on jobs of every place."""

from __future__ import annotations

import doctest
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from example_app.plugins.refunds.totals import nightly_totals
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.target import Target
from nexus_admin.sdk import job
from nexus_admin.testing.jobs import JobContract
from tests.kernel.working.world import JOBS, over, pushed, runs
from tests.kernel.world import kernel_of, perform, plugin
from tests.waiting import until

GUIDE = (Path(__file__).parents[3] / "docs/guides/jobs.md").read_text(encoding="utf-8")
CODE = "\n".join(re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S))


@pytest.mark.req("S002-DOC-01")
def test_the_plugin_of_the_guide_does_what_the_guide_says(tmp_path: Path) -> None:
    plugin(tmp_path, "letters", CODE.replace("return [send]", "return [send, digest]"))
    kernel = kernel_of(tmp_path)
    try:
        assert kernel.hooks.statuses["plugins/letters"].error == ""
        id = pushed(kernel, "letters.send", to="ada@away.example", copies=2)
        assert over(kernel, id).attempts == 2
        assert runs(kernel, id)[0].result == {"sent": 2}
        assert over(kernel, pushed(kernel, "letters.send", to="ada")).error == "ada is no address."
        with pytest.raises(Refused):
            perform(kernel, "letters.invite", JOBS, to="nobody")
        perform(kernel, "letters.invite", JOBS, to="bo@example.com")
        until(lambda: "Sent to bo@example.com" in str(perform(kernel, "job.read", JOBS, job="letters.send")))
        assert "nobody" not in str(perform(kernel, "job.read", JOBS, job="letters.send"))
        scheduled = perform(kernel, "schedule.list", JOBS)
        assert {one.name for one in scheduled} >= {"letters.digest", "letters.digest/monthly"}  # type: ignore[attr-defined]
    finally:
        kernel.stop()


def test_the_examples_of_the_guide_answer_as_it_says() -> None:
    shown = "\n".join(re.findall(r"^```pycon\n(.*?)^```", GUIDE, re.M | re.S))
    examples = doctest.DocTestParser().get_doctest(shown, {}, "jobs", "jobs.md", 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert runner.run(examples, out=said.append).failed == 0, "".join(said)


class TestNightlyTotals(JobContract):
    job = nightly_totals
    data: ClassVar = {"day": "2026-03-02"}

    def perform(self, action: str, target: Target, data: Mapping[str, Any]) -> Any:
        assert (action, str(target)) == ("row.list", "shop/payments")
        return SimpleNamespace(page=SimpleNamespace(rows=[{"currency": "EUR", "amount": 2}], next=None))


@job("tick.wakes", title="Wake", place="async")
async def wakes(job: Any, data: Any) -> str:
    job.progress(1, 1)
    return "awake"


class TestCoroutine(JobContract):
    job = wakes
