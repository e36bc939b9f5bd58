"""Files that extensions bring in their folder `static/`, at an address with a stamp of their content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from nexus_admin.domain.errors import NotFound

if TYPE_CHECKING:
    from nexus_admin.kernel.kernel import Kernel

PREFIX = "/x/static"


def address_of(kernel: Kernel, owner: str, name: str) -> str:
    """Return the address of the file *name* in the folder `static/` of the extension *owner*.

    Raises:
        NotFound: there is no such file; its author reads so.
    """
    path = file_of(kernel, owner, name)
    return f"{PREFIX}/{owner}/{_stamp(path, path.stat().st_mtime_ns)}/{quote(name)}"


def file_of(kernel: Kernel, owner: str, name: str) -> Path:
    """Return the file *name* of a running extension.

    Raises:
        NotFound: the extension is off or unknown, or has no such file in `static/`.
    """
    status = kernel.hooks.statuses.get(owner)
    if status is not None and status.state not in ("off", "failed"):
        folder = (status.extension.path / "static").resolve()
        try:
            path = (folder / name).resolve()
            if path.is_relative_to(folder) and path.is_file():
                return path
        except (OSError, ValueError):
            pass  # no file can have such a name
    raise NotFound(f"{owner[:80]} has no file static/{name[:200]}.")


@lru_cache(maxsize=1000)
def _stamp(path: Path, _changed: int) -> str:
    return hashlib.blake2s(path.read_bytes(), digest_size=6).hexdigest()
