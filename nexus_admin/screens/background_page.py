"""What the page of an action in the background says: how far it is, and how it ended."""

from __future__ import annotations

from nexus_admin.actions.jobs.background import Background
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.screens.formats import number, plural

STATES = {
    "waiting": "It waits for its turn", "ready": "It waits for its turn", "running": "It is being done",
    "stopping": "It is being stopped", "done": "Done", "dead": "It could not be done", "cancelled": "Stopped",
}  # fmt: skip
TONES = {"done": "success", "dead": "danger", "cancelled": "warning"}
ICONS = {"done": "check-circle", "dead": "alert", "cancelled": "alert"}


@dataclass(frozen=True, slots=True)
class BackgroundPage:
    """The page.

    Args:
        title: Of the action.
        state: A word or two.
        tone: Of the sentence: `info`, `success`, `warning`, `danger`.
        icon: Beside it.
        said: How far it is, or how it ended.
        done, total: For the bar; no total where nobody knows how much there is.
        over: Whether nothing more comes.
        entry: The ledger's, "" for none.
        undo: Whether that can be taken back.
    """

    title: str
    state: str
    tone: str
    icon: str
    said: str
    done: float
    total: float | None
    over: bool
    entry: str
    undo: bool

    @property
    def percent(self) -> int:
        """How much of it is done, in hundredths."""
        return min(int(100 * self.done / self.total), 100) if self.total else 0


def background_page(seen: Background, may_undo: bool) -> BackgroundPage:
    """Return the page of what *seen* says."""
    progress = seen.progress or {}
    total = progress.get("total")
    entry = seen.run.entry if seen.run else ""
    state = _state(seen)
    changed = state == "done" and bool(entry) and _rows(seen) != 0
    return BackgroundPage(
        seen.title.removesuffix("…"), STATES[state], TONES.get(state, "info"), ICONS.get(state, "clock"), _said(seen),
        float(progress.get("done") or 0), float(total) if total else None, seen.over, entry, changed and may_undo,
    )  # fmt: skip


def _state(seen: Background) -> str:
    """Return how it is, which is not always what the queue says: it may have been done before it could be stopped."""
    if seen.stopping:
        return "stopping"
    withdrawn = seen.state == "cancelled" and seen.run is not None
    return "done" if withdrawn and seen.run is not None and seen.run.outcome == "done" else seen.state


def _said(seen: Background) -> str:
    state = _state(seen)
    if state == "done":
        rows = _rows(seen)
        late = "It was done before it could be stopped. " if seen.state == "cancelled" else ""
        return late + ("It is done." if rows is None else f"{plural(rows, 'row')} changed.")
    if state == "stopping":
        return "It stops at its next step. Until then it is not known whether something was changed."
    if state == "cancelled" and seen.begun and seen.run is None:
        return "It was withdrawn, and nobody has said what became of it. Look at what it was to change."
    if state == "cancelled":
        return "It was stopped before it was done; nothing was changed."
    if seen.state == "dead":
        return seen.run.error if seen.run else "It stopped before it was finished. Look at what it was to change."
    progress = seen.progress
    if seen.state != "running":
        return "It begins as soon as a worker is free."
    if not progress:
        return ""
    text, done, total = progress.get("text") or "", progress.get("done") or 0, progress.get("total")
    counted = f"{number(int(done))} of {number(int(total))}" if total else ""
    return " · ".join(part for part in (counted, text) if part)


def _rows(seen: Background) -> int | None:
    """Return how many rows it says that it changed; None where it does not say."""
    result = seen.run.result if seen.run else None
    rows = result.get("rows") if isinstance(result, dict) else None
    return rows if isinstance(rows, int) else None
