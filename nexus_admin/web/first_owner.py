"""The way in for the first owner, told where another server than our own command has started the app."""

from __future__ import annotations

import sys

from nexus_admin.kernel.kernel import Kernel


def tell(kernel: Kernel) -> None:
    """Print the link that works once, while nobody owns this. Where it is served, only the server knows."""
    setup = kernel.access.setup
    if setup.open:
        path = f"/set-up/{setup.issue()}"
        print(f"Set up the first owner: {path}, below the address where Nexus answers.", file=sys.stderr, flush=True)
