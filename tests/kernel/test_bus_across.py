"""Two processes on one state are one bus: each group hears what happens in either, once, wherever it is worked on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe

import pytest

from nexus_admin.brokers.stream import Stream
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.kernel.world import perform, plugin
from tests.waiting import until

HEARS = """
from nexus_admin.sdk import Listener, hookimpl
once, here = [], []

@hookimpl
def nexus_listeners():
    return [
        Listener("settings.changed", lambda event: once.append(event.id), durable=True, name="once"),
        Listener("settings.changed", lambda event: here.append(event.id)),
    ]
"""


@pytest.fixture
def kernels(tmp_path: Path, new_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Kernel, Kernel]]:
    monkeypatch.setenv("NEXUS_SECRET_KEY", token_urlsafe(48))
    both = []
    for name in ("one", "other"):
        plugin(tmp_path / name, "ear", HEARS)
        both.append(Kernel(Options(project=tmp_path / name, state=new_postgres_url, environ={})).start())
    yield both[0], both[1]
    for one in both:
        one.stop()


@pytest.mark.req("S004-BUS-05")
def test_a_group_has_one_cursor_whichever_process_works_for_it(kernels: tuple[Kernel, Kernel]) -> None:
    """Each event once in all, while both hear; what one process leaves, the other goes on with."""
    one, other = kernels
    ears = [each.hooks.manager.get_plugin("plugins/ear") for each in kernels]
    for number in range(10):
        perform(kernels[number % 2], "settings.change", key="project.name", value=f"name {number}")
    until(lambda: sum(len(ear.once) for ear in ears) >= 10)
    one.relay.stop()
    for number in range(10, 15):
        perform(one, "settings.change", key="project.name", value=f"name {number}")
    heard: Counter[str] = Counter()
    until(lambda: len({id for ear in ears for id in ear.once}) == 15)
    for ear in ears:
        heard.update(ear.once)
    assert set(heard.values()) == {1}, heard
    stream = other.services.get(Stream)  # type: ignore[type-abstract]
    (group,) = [each for each in stream.groups("house") if each.group == "plugins-ear.once"]
    assert group.behind == 0


@pytest.mark.req("S004-BUS-05")
def test_a_process_has_one_bus_for_everybody_in_it(kernels: tuple[Kernel, Kernel]) -> None:
    """A listener of the moment hears what happened where it is, and nothing of the other process."""
    one, other = kernels
    assert one.services.get(Stream) is one.services.get(Stream)  # type: ignore[type-abstract]
    perform(one, "settings.change", key="project.name", value="here")
    assert len(one.hooks.manager.get_plugin("plugins/ear").here) == 1
    assert other.hooks.manager.get_plugin("plugins/ear").here == []
