"""Templates of the house and of extensions are compiled once for all apps of a process, not once for each.

Nearly every test of a page begins an app of its own. Half of the time that one took was spent on compiling the same
templates again. What is kept is found by a template's file and its whole source: one that changes is compiled anew.
"""

from collections.abc import Iterator
from types import CodeType
from typing import Any

import jinja2
import pytest
from jinja2.bccache import Bucket

from nexus_admin.web.extension_parts import ExtensionParts
from nexus_admin.web.templating import Pages


class Compiled(jinja2.BytecodeCache):
    """What was compiled, in memory; one for each way to compile."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was kept of the same file with the same source."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was just compiled."""
        assert bucket.code is not None
        self._kept[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Let every app of this process find what another has compiled."""
    ours, theirs = Compiled(), Compiled()
    begin, environment_of = Pages.__init__, ExtensionParts._environment

    def beginning(pages: Pages, *given: Any, **named: Any) -> None:
        begin(pages, *given, **named)
        pages.environment.bytecode_cache = ours

    def finding(parts: ExtensionParts, *given: Any) -> jinja2.Environment:
        found = environment_of(parts, *given)
        found.bytecode_cache = theirs
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pages, "__init__", beginning)
        patch.setattr(ExtensionParts, "_environment", finding)
        yield
