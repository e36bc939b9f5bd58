"""A process that writes some of a large export and hangs then, until it is killed: `python -m … FOLDER STATE`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from nexus_admin.actions.exports import parts as export_parts
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options

PART = 20_000
SOME = 4
"""Parts of the file that it writes, at least: it hangs after the chunk in which it comes to so many."""


def options(folder: Path, state: str, **more: Any) -> Options:
    """Return what each process of the test is started with."""
    return Options(urls=(("shop", str(folder / "shop.db")),), state=state, environ={}, **more)


def hanging(real: Any) -> Any:
    """Return what adds some parts, and no more."""

    def add(self: Any, chunk: bytes) -> None:
        real(self, chunk)
        if self.count >= SOME:
            time.sleep(600)

    return add


if __name__ == "__main__":
    export_parts.PART = PART
    export_parts.Parts.add = hanging(export_parts.Parts.add)  # type: ignore[method-assign]
    kernel = Kernel(options(Path(sys.argv[1]), sys.argv[2], given={"jobs.lease_seconds": 1.0})).start()
    print("ready", flush=True)
    time.sleep(600)
