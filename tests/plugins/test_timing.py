"""The bundled plugin that says how long an answer took."""

import re
from pathlib import Path

from nexus_admin.kernel.extensions import bundled_root
from nexus_admin.testing.plugins import PluginContract
from tests.web.world import served, signed_in


class TestTiming(PluginContract):
    folder = bundled_root() / "plugins/timing"


def test_somebody_signed_in_is_told_and_a_stranger_is_not(tmp_path: Path) -> None:
    with served(tmp_path, given={"extensions.on": ["plugins/timing"]}) as nexus:
        browser = signed_in(nexus)
        assert re.fullmatch(r"total;dur=\d+\.\d", browser.get("/s/shop/orders").headers["server-timing"])
        browser.cookies.clear()
        assert "server-timing" not in browser.get("/sign-in").headers


def test_it_is_off_until_somebody_asks_for_it(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        assert nexus.kernel.hooks.statuses["plugins/timing"].state == "off"
        assert "server-timing" not in signed_in(nexus).get("/").headers
