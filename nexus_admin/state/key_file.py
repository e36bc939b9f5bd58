"""Master keys in a file beside the state: one a line, the newest first, for nobody else's eyes."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from nexus_admin.domain.errors import SettingError

Mark = tuple[int, int, int]


class KeyFile:
    """The file with the keys. It is always there whole: written aside first, then put in its place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: Mark | None = None

    def keys(self) -> list[bytes]:
        """Return the keys; makes the file (0600) where there is none.

        Raises:
            SettingError: others may read the file, it is empty, or it cannot be made.
        """
        try:
            if not self.path.exists():
                self._put([_new_key()], first=True)
        except OSError as error:
            raise SettingError(
                f"The key file {self.path} cannot be made: {error.strerror}. "
                "A key may be given in NEXUS_SECRET_KEY instead."
            ) from error
        return self.read()

    def read(self) -> list[bytes]:
        """Return the keys of a file that is there.

        Raises:
            SettingError: others may read the file, it is empty, or it cannot be read.
        """
        try:
            self._read = self._mark()
            if os.name == "posix" and self.path.stat().st_mode & 0o077:
                raise SettingError(
                    f"Others on this machine may read the key file {self.path}. Run: chmod 600 {self.path}."
                )
            keys = [line for line in self.path.read_bytes().splitlines() if line.strip()]
        except OSError as error:
            raise SettingError(f"The key file {self.path} cannot be read: {error.strerror}.") from error
        if not keys:
            raise SettingError(
                f"The key file {self.path} is empty. Restore it from a backup: sealed secrets open with it only."
            )
        return keys

    def changed(self) -> bool:
        """Whether the file is another one than the one that was read last; cheap, and False where it is gone."""
        try:
            return self._mark() != self._read
        except OSError:
            return False

    def add(self) -> None:
        """Put a new key before the others; it is on the disk when this returns.

        Raises:
            SettingError: the file cannot be read or written.
        """
        keys = self.read()
        try:
            self._put([_new_key(), *keys], first=False)
        except OSError as error:
            raise SettingError(f"The key file {self.path} cannot be written: {error.strerror}.") from error

    def _put(self, keys: list[bytes], *, first: bool) -> None:
        """Put a whole file there at once; the *first* stays, so that two that start together have the same key."""
        handle, draft = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(b"".join(key + b"\n" for key in keys))
                file.flush()
                os.fsync(file.fileno())
            if first:
                with contextlib.suppress(FileExistsError):
                    os.link(draft, self.path)
            else:
                _give_to_owner(draft, self.path)
                os.replace(draft, self.path)
            _make_durable(self.path.parent)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)

    def _mark(self) -> Mark:
        found = self.path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns


def _new_key() -> bytes:
    return secrets.token_urlsafe(48).encode()


def _give_to_owner(draft: str, old: Path) -> None:
    """Let whoever has *old* have *draft*: a server must read what an administrator's command wrote."""
    owner = old.stat()
    if os.name == "posix" and os.getuid() == 0:
        os.chown(draft, owner.st_uid, owner.st_gid)


def _make_durable(folder: Path) -> None:
    """Keep the names in *folder*, too: what is sealed with a key that a power cut took is lost."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
