"""An extension: a folder with a manifest, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass

KINDS = ("plugins", "widgets", "themes")

State = Literal["discovered", "loaded", "migrated", "started", "stopped", "failed", "off"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `plugin.toml`, `widget.toml` or `theme.toml` says.

    Args:
        name: The folder's name.
        title: What people read.
        version: The extension's own.
        api: The version of the SDK that it was written for.
        description: One sentence.
        needs: Names of extensions of the same kind that must be started before it.
        permissions: Action patterns that it declares or asks for; shown before it is switched on.
        replaces: Name of an earlier extension of this kind that this one takes the place of.
        isolated: Whether its code is not trusted: then it is never imported, and each call of one of its functions is a
            process of its own. It declares nothing but those.
        functions: For one that is isolated: each function's `title`, `seconds` and `megabytes`, by its name.
        on: Whether it is on unless somebody switches it off; else it waits until somebody asks for it.
    """

    name: str
    title: str = ""
    version: str = "0"
    api: int = 1
    description: str = ""
    needs: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    replaces: str | None = None
    isolated: bool = False
    functions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    on: bool = True


@dataclass(frozen=True, slots=True)
class Extension:
    """One folder with a manifest.

    Args:
        kind: `plugins`, `widgets` or `themes`.
        origin: `bundled`, `project`, or an installed distribution's name.
        path: The folder itself.
        manifest: What its file says.
    """

    kind: str
    origin: str
    path: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.manifest.name

    @property
    def id(self) -> str:
        """How messages and the audit call it, e.g. `plugins/refunds`."""
        return f"{self.kind}/{self.name}"


@dataclass(slots=True)
class Slow:
    """One thing of an extension that took longer than it may.

    Args:
        moment: What it is: `listener of row.*`, `import`.
        times: How often.
        worst_ms: The longest, in milliseconds.
        budget_ms: What it may take.
        recent: When, of the last minute, in seconds of the monotonic clock.
    """

    moment: str
    times: int = 0
    worst_ms: float = 0.0
    budget_ms: float = 0.0
    recent: list[float] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """What people read."""
        often = "once" if self.times == 1 else f"{self.times} times"
        return (
            f"its {self.moment} took longer than its {self.budget_ms:,.0f} ms {often}, "
            f"at worst {self.worst_ms:,.0f} ms."
        )


@dataclass(slots=True)
class ExtensionStatus:
    """What became of an extension; `error` is a sentence, `trace` is for its author."""

    extension: Extension
    state: State = "discovered"
    error: str = ""
    trace: str = ""
    took_ms: float = 0.0
    faults: list[float] = field(default_factory=list)
    slow: dict[str, Slow] = field(default_factory=dict)
