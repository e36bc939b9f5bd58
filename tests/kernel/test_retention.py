"""A setting says how long events of a stream are kept; a group that is behind keeps what it needs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nexus_admin.brokers.stream import Fresh, Stream
from nexus_admin.domain.errors import SettingError
from nexus_admin.kernel.brokers.amounts import read_days
from nexus_admin.kernel.brokers.retention import DAYS
from tests.kernel.world import kernel_of, perform

SHORT = 1e-7
"""Days that are over in nine milliseconds."""


def test_what_is_old_is_forgotten_by_stream_and_never_what_a_group_needs(tmp_path: Path) -> None:
    kernel = kernel_of(tmp_path)
    try:
        perform(kernel, "settings.change", key="streams.keep_days", value=f"old.*={SHORT}, kept=30")
        stream = kernel.services.get(Stream)  # type: ignore[type-abstract]
        for name in ("old.read", "old.behind", "kept", "unsaid"):
            stream.append(name, *(Fresh("one", number) for number in range(3)))
        for name in ("old.read", "old.behind"):
            stream.group(name, "g")
            batch = stream.fetch(name, "g", n=3 if name == "old.read" else 1)
            assert batch is not None
            stream.commit(batch)
        time.sleep(0.05)
        kernel.brokers.look()
        left = {one.stream: [event.value for event in stream.read(one.stream)] for one in stream.figures()}
        assert left.get("old.read", []) == []
        assert (left["old.behind"], left["kept"], left["unsaid"]) == ([1, 2], [0, 1, 2], [0, 1, 2])
        perform(kernel, "settings.change", key="streams.keep_days", value=f"unsaid={SHORT}")
        stream.append("old.read", Fresh("one", 9))
        time.sleep(0.05)
        kernel.brokers.look()
        assert stream.read("unsaid") == []
        assert [one.value for one in stream.read("old.read")] == [9], "What the setting says now counts."
    finally:
        kernel.stop()


@pytest.mark.parametrize("entry", ["orders", "=3", "orders=", "orders=many", "orders=0", "orders=-1", "orders=inf"])
def test_what_says_no_days_is_named(entry: str) -> None:
    with pytest.raises(SettingError, match="does not say how many days"):
        read_days(DAYS, [entry])
