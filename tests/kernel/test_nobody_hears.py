"""An event that no listener hears is no trouble: it is said where somebody looks for it, and nowhere else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from nexus_admin.brokers.stream import Stream
from tests.kernel.world import kernel_of, perform, plugin

CODE = """
from nexus_admin.sdk import Listener, hookimpl

HEARD = []

@hookimpl
def nexus_listeners():
    return [Listener("settings.*", HEARD.append{how})]
"""


def told(kernel: object, caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    with caplog.at_level(logging.DEBUG):
        perform(kernel, "settings.change", key="lists.page_size", value="40")  # type: ignore[arg-type]
    return [(one.levelname, one.getMessage()) for one in caplog.records if "settings.changed" in one.getMessage()]


@pytest.mark.req("S004-BUS-03")
def test_an_event_that_nobody_hears_is_a_line_for_debugging_and_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kernel = kernel_of(tmp_path)
    try:
        assert told(kernel, caplog) == [("DEBUG", "No listener hears settings.changed.")]
        assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
        stream = kernel.services.get(Stream)  # type: ignore[type-abstract]
        assert "settings.changed" in [one.type for one in stream.read("house")], "It is kept all the same."
    finally:
        kernel.stop()


@pytest.mark.req("S004-BUS-03")
@pytest.mark.parametrize("how", ["", ', durable=True, name="later"'])
def test_where_somebody_hears_it_now_or_later_there_is_no_such_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    plugin(tmp_path, "hears", CODE.replace("{how}", how))
    kernel = kernel_of(tmp_path)
    try:
        assert told(kernel, caplog) == []
    finally:
        kernel.stop()
