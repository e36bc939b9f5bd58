"""From a saved file to the answer that has it, in development; printed, never asserted."""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.test_reloading import SAYS
from tests.kernel.world import perform, plugin
from tests.web.world import served, signed_in

TIMES = 15


def save(path: Path, text: str) -> None:
    """Write *text*, with a time that differs whatever the clock's grain."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    at = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(at, at))


def measured(work: Callable[[int], None]) -> str:
    """Return the milliseconds of *work*, of the wall and of the processor."""
    took, computed = [], []
    for number in range(TIMES):
        began, cpu = time.perf_counter(), time.process_time()
        work(number)
        took.append((time.perf_counter() - began) * 1000)
        computed.append((time.process_time() - cpu) * 1000)
    return (
        f"p50 {statistics.median(took):7.1f} ms  worst {max(took):7.1f} ms  cpu {statistics.median(computed):7.1f} ms"
    )


@pytest.mark.benchmark
@pytest.mark.req("S003-KPI-07")
def test_from_a_saved_file_to_the_answer_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "nexus.toml").write_text("")
    folder = plugin(tmp_path, "greets", SAYS)
    (folder / "words.py").write_text("WORD = 'Hello'")
    looks = tmp_path / "themes/ours"
    save(looks / "theme.toml", 'name = "ours"\n')
    save(looks / "tokens.css", ':root, [data-theme="light"] { --nx-color-accent: #123456; }')
    own = tmp_path / "templates/error.html"
    save(own, "<p>0</p>")
    given = {"server.development": True, "appearance.theme": "ours"}
    with served(tmp_path, project=tmp_path, given=given) as app:
        browser = signed_in(app)
        reloader = app.kernel.reloader
        assert reloader is not None
        reloader.stop()  # it looks twice a second; what a look costs is measured

        def template(number: int) -> None:
            save(own, f"<p>number {number}</p>")
            assert f"number {number}" in browser.get("/nowhere").text

        def theme(number: int) -> None:
            save(looks / "tokens.css", f':root, [data-theme="light"] {{ --nx-color-accent: #0000{number + 16:02x}; }}')
            assert reloader.look() == ["themes/ours"]
            found = re.search(r'href="(/x/themes/ours/[^"]+)"', browser.get("/sources").text)
            assert found is not None, app.kernel.hooks.statuses["themes/ours"]
            assert f"#0000{number + 16:02x}" in browser.get(found[1]).text

        def python(number: int) -> None:
            save(folder / "words.py", f"WORD = 'Number {number}'")
            assert reloader.look() == ["plugins/greets"]
            assert perform(app.kernel, "greets.say") == f"Number {number}"

        print("\nFrom a saved file to the answer")
        for name, work in (("a template", template), ("a theme", theme), ("a plugin's Python", python)):
            print(f"  {name:<20} {measured(work)}")
