"""What the process of a job is told, and how errors are worded on both sides; imports little, as each process does."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.extension import Extension

_OURS = re.compile(r"[/\\](working|futures|asyncio)[/\\]\w+\.py$")
"""Frames that only carry a job."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is told.

    Args:
        module, name: Where the job is: a name in a module, to which `@job` gave it.
        extension: Whose module it is; None where it can be imported as it is called.
        data: The job's input, as JSON has it.
        id, attempt, actor: See `JobContext`.
    """

    module: str
    name: str
    extension: Extension | None
    data: Mapping[str, Any]
    id: str
    attempt: int
    actor: Any


def sentence(name: str, error: BaseException) -> str:
    """Say what a job's code raised and where, and not its words: they may quote what is secret."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if not _OURS.search(one.filename)]
    places = [f"{'/'.join(Path(one.filename).parts[-2:])}:{one.lineno} in {one.name}" for one in frames[-3:]]
    where = ", ".join(places) or "before it began"
    return f"{name} raised {type(error).__name__} ({where}). The server's log has its words."
