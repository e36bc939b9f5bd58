"""The page about limits says what the code checks and what was measured, and nothing by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nexus_admin.brokers.queue import MemoryQueue
from nexus_admin.brokers.stream import Fresh, MemoryStream
from nexus_admin.domain.errors import TooLarge
from tools import limits


@pytest.mark.req("S002-MISS-02")
def test_the_tables_are_those_of_the_code_and_of_the_file_of_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.main(["--check"]) == 0, "Run `python tools/limits.py`; `make limits` measures anew."
    told = json.loads(limits.FIGURES.read_text())
    told["engines"]["sqlite"]["queue: push, one after another"]["per_second"] = 123_456_789
    other = tmp_path / "limits.json"
    other.write_text(json.dumps(told))
    monkeypatch.setattr(limits, "FIGURES", other)
    assert limits.main(["--check"]) == 1
    assert "123,456,789" in limits.page(limits.PAGE.read_text())


def test_figures_are_of_every_engine_and_say_of_which_machine_without_its_name() -> None:
    told = json.loads(limits.FIGURES.read_text())
    assert list(told["engines"]) == ["memory", "sqlite", "postgresql"]
    queues = [{one for one in found if one.startswith(("queue", "stream"))} for found in told["engines"].values()]
    assert queues[0] == queues[1] == queues[2]
    assert all(one["per_second"] > 0 for found in told["engines"].values() for one in found.values())
    assert set(told["machine"]) == {
        "day", "cores", "python", "system", "processor", "sqlite", "postgresql", "load_before", "load_after"
    }  # fmt: skip
    assert not re.search(r"/(home|root|tmp|work|opt)\b", limits.PAGE.read_text() + limits.FIGURES.read_text())


def test_what_the_page_says_of_payloads_is_so() -> None:
    text = limits.table_of_limits()
    assert "| queue | payload: 1 MiB | `queues.most_bytes`, `queues.most_bytes_of` |" in text
    MemoryQueue().push("q", b"x" * 2**20)
    with pytest.raises(TooLarge):
        MemoryQueue().push("q", b"x" * (2**20 + 1))
    with pytest.raises(TooLarge):
        MemoryStream().append("s", Fresh("t", b"x" * (2**20 + 1)))
