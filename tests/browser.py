"""How tests start Chromium: the machine's own where there is one, without calls to anywhere else."""

import os
import shutil
from typing import Any

QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch_options() -> dict[str, Any]:
    """Return keyword arguments for Playwright's `chromium.launch`. `NEXUS_CHROMIUM` names another browser."""
    program = os.environ.get("NEXUS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else [*QUIET]
    return {"args": arguments, **({"executable_path": program} if program else {})}
