"""What the page of extensions says of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.extension import ExtensionStatus
from nexus_admin.screens.formats import plural

KINDS = {
    "plugins": ("Plugin", "puzzle", "violet"),
    "widgets": ("Widget", "metric", "blue"),
    "themes": ("Theme", "palette", "amber"),
}
_STATES = {
    "discovered": ("Found", "gray"), "loaded": ("Loaded", "green"), "migrated": ("Ready", "green"),
    "started": ("Running", "green"), "stopped": ("Stopped", "gray"), "failed": ("Failed", "red"),
    "off": ("Off", "gray"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """One extension as people see it.

    Args:
        id: `plugins/refunds`.
        on: Whether it is not switched off.
        state, tone: What became of it, in a word and a colour.
        brings: What it declared, in words.
        took: How long its import took.
        slow: What of it takes longer than it may, in sentences, the slowest first.
    """

    id: str
    title: str
    kind: str
    icon: str
    hue: str
    origin: str
    version: str
    description: str
    on: bool
    state: str
    tone: str
    error: str
    trace: str
    brings: str
    permissions: tuple[str, ...]
    took: str
    slow: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """Its id within the page."""
        return self.id.replace("/", "-")


def cards(statuses: Iterable[ExtensionStatus], brought: Mapping[str, Counter[str]]) -> list[Card]:
    """Return a card for each extension; what failed stands first.

    Args:
        statuses: What became of each.
        brought: How many of each noun an extension declared, by its id.
    """
    found = [_card(status, brought.get(status.extension.id, Counter())) for status in statuses]
    return sorted(found, key=lambda card: (card.state != "Failed", card.kind, card.title.lower()))


def _card(status: ExtensionStatus, brought: Counter[str]) -> Card:
    extension = status.extension
    manifest = extension.manifest
    kind, icon, hue = KINDS[extension.kind]
    state, tone = _STATES[status.state]
    return Card(
        extension.id, manifest.title or extension.name, kind, icon, hue,
        {"bundled": "Bundled", "project": "This project"}.get(extension.origin, extension.origin),
        manifest.version, manifest.description, status.state != "off", state, tone, status.error, status.trace,
        ", ".join(plural(count, noun) for noun, count in brought.items()), manifest.permissions,
        f"{status.took_ms:.0f} ms" if status.took_ms >= 1 else "",
        tuple(one.sentence for one in sorted(status.slow.values(), key=lambda one: -one.worst_ms)),
    )  # fmt: skip
