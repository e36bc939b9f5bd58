"""The page about the API tells every door, and no door that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from nexus_admin.web.api.doors import DOORS


def test_every_door_is_on_the_page(repository: Path) -> None:
    page = (repository / "docs/reference/api.md").read_text()
    told = set(re.findall(r"^\| `(\w+) ([^`]+)`", page, re.MULTILINE))
    shown = {(method, path.replace("…", "/api/v1/{source}/{resource}")) for method, path in told}
    assert shown == {(door.method, door.path) for door in DOORS}
