"""Files that extensions and the project have in their folder `static/`, at an address with a stamp of their content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from nexus_admin.domain.errors import NotFound
from nexus_admin.web.overrides import own_folder

if TYPE_CHECKING:
    from nexus_admin.kernel.kernel import Kernel

PREFIX = "/x/static"
OWN = "project/own"
"""Whose files are the project's."""


def address_of(kernel: Kernel, owner: str, name: str) -> str:
    """Return the address of the file *name* in the folder `static/` of the extension *owner*.

    Raises:
        NotFound: there is no such file; its author reads so.
    """
    path = file_of(kernel, owner, name)
    return f"{PREFIX}/{owner}/{_stamp(path, path.stat().st_mtime_ns)}/{quote(name)}"


def own_address(folder: Path, name: str) -> str:
    """Return the address of the file *name* in the project's folder `static/`; it is there."""
    path = folder / name
    return f"{PREFIX}/{OWN}/{_stamp(path, path.stat().st_mtime_ns)}/{quote(name)}"


def file_of(kernel: Kernel, owner: str, name: str) -> Path:
    """Return the file *name* of a running extension, or of the project.

    Raises:
        NotFound: the extension is off or unknown, or has no such file in `static/`.
    """
    folder = _folder(kernel, owner)
    if folder is not None:
        try:
            path = (folder / name).resolve()
            if path.is_relative_to(folder) and path.is_file():
                return path
        except (OSError, ValueError):
            pass  # no file can have such a name
    raise NotFound(f"{owner[:80]} has no file static/{name[:200]}.")


def _folder(kernel: Kernel, owner: str) -> Path | None:
    if owner == OWN:
        return own_folder(kernel.options.project, "static")
    status = kernel.hooks.statuses.get(owner)
    if status is None or status.state in ("off", "failed"):
        return None
    return (status.extension.path / "static").resolve()


@lru_cache(maxsize=1000)
def _stamp(path: Path, _changed: int) -> str:
    return hashlib.blake2s(path.read_bytes(), digest_size=6).hexdigest()
