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
    return f"{PREFIX}/{owner}/{_stamp_of(file_of(kernel, owner, name))}/{quote(name)}"


def own_address(folder: Path, name: str) -> str:
    """Return the address of the file *name* in the project's folder `static/`; it is there."""
    return f"{PREFIX}/{OWN}/{_stamp_of(folder / name)}/{quote(name)}"


def file_of(kernel: Kernel, owner: str, name: str) -> Path:
    """Return the file *name* of a running extension, or of the project.

    Raises:
        NotFound: the extension is off, unknown or isolated, or has no such file in `static/`.
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
    if status is None or status.state in ("off", "failed") or status.extension.manifest.isolated:
        return None  # a page or script of one that is not trusted would act for whoever opens it
    return (status.extension.path / "static").resolve()


def _stamp_of(path: Path) -> str:
    """Return the stamp of a file; a module's covers the modules beside it, which it may import by `./name.js`."""
    read = sorted(path.parent.glob("*.js")) if path.suffix == ".js" else [path]
    return _stamp(tuple((one, one.stat().st_mtime_ns) for one in read))


@lru_cache(maxsize=1000)
def _stamp(read: tuple[tuple[Path, int], ...]) -> str:
    content = b"\0".join(path.read_bytes() for path, _changed in read)
    return hashlib.blake2s(content, digest_size=6).hexdigest()
