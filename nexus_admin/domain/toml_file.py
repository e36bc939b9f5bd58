"""Reading a TOML file that somebody wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from nexus_admin.domain.errors import SettingError


def read_toml(path: Path) -> dict[str, Any]:
    """Return what the TOML file *path* holds.

    Raises:
        SettingError: it cannot be read; names the file and the line.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path.name} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path.name} is not TOML: {error}.") from None
