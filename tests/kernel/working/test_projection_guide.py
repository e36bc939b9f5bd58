"""What the guide to outboxes and projections shows happens just so."""

import re
from pathlib import Path

import pytest

from nexus_admin.domain.target import Target
from tests.kernel.test_outbox import NOTES, run
from tests.kernel.world import kernel_of, owner_of, perform, plugin
from tests.waiting import until

GUIDE = (Path(__file__).parents[3] / "docs/guides/outbox.md").read_text(encoding="utf-8")
(CODE,) = re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S)


@pytest.mark.req("S002-DOC-01")
def test_the_plugin_of_the_guide_counts_by_way_of_an_outbox(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data.db"
    run(url, NOTES)
    plugin(tmp_path, "tables", CODE)
    kernel = kernel_of(tmp_path, urls=(("data", url),), allow_writes=True)
    try:
        perform(kernel, "outbox.install", Target("nexus", "sources", "data"))
        for id in (1, 2):
            perform(kernel, "row.create", Target("data", "notes"), values={"id": id, "text": "a"})
        counted = {"notes": {"changes": 2, "last": owner_of(kernel).name}}
        until(lambda: perform(kernel, "tables.busy") == counted)
    finally:
        kernel.stop()
