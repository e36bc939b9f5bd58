"""Status pills: a hue and a glyph for each value, from its words; the rest are dealt in order."""

from __future__ import annotations

from functools import lru_cache

GLYPHS = {
    "pending": (
        "gray",
        frozenset(
            ["pending", "new", "draft", "open", "created", "waiting", "queued", "unknown", "none", "todo", "backlog"]
        ),
    ),
    "open": (
        "blue",
        frozenset(
            [
                "paid",
                "confirmed",
                "active",
                "accepted",
                "approved",
                "captured",
                "enabled",
                "scheduled",
                "public",
                "ready",
            ]
        ),
    ),
    "half": (
        "violet",
        frozenset(
            ["packed", "processing", "progress", "running", "partial", "partially", "started", "review", "authorized"]
        ),
    ),
    "most": ("teal", frozenset(["shipped", "sent", "transit", "picked", "dispatched", "published", "live"])),
    "done": (
        "green",
        frozenset(
            [
                "delivered",
                "done",
                "complete",
                "completed",
                "closed",
                "succeeded",
                "success",
                "settled",
                "finished",
                "resolved",
                "won",
                "verified",
                "ok",
                "passed",
            ]
        ),
    ),
    "alert": (
        "amber",
        frozenset(
            [
                "hold",
                "blocked",
                "overdue",
                "late",
                "warning",
                "paused",
                "suspended",
                "expired",
                "attention",
                "retry",
                "pastdue",
                "unpaid",
            ]
        ),
    ),
    "returned": ("orange", frozenset(["returned", "refunded", "reversed", "restocked", "rollback"])),
    "cancelled": (
        "red",
        frozenset(
            [
                "cancelled",
                "canceled",
                "failed",
                "rejected",
                "declined",
                "deleted",
                "error",
                "denied",
                "lost",
                "disputed",
                "banned",
                "inactive",
                "disabled",
                "dead",
                "void",
                "voided",
            ]
        ),
    ),
}
HUES = ("blue", "teal", "violet", "amber", "pink", "green", "orange", "gray")


@lru_cache(maxsize=4096)
def look(value: str, choices: tuple[str, ...] | None) -> tuple[str, str]:
    """Return the (hue, glyph) of *value*; glyph is `""` where no word of it says what state it is."""
    words = set(value.casefold().replace("-", " ").replace("_", " ").split())
    for glyph, (hue, known) in GLYPHS.items():
        if words & known:
            return hue, f"s-{glyph}"
    place = choices.index(value) if choices and value in choices else sum(value.encode())
    return HUES[place % len(HUES)], ""


@lru_cache(maxsize=512)
def is_status(choices: tuple[str, ...] | None) -> bool:
    """Whether at least a third of *choices* are words of a state, so that pills help."""
    if not choices:
        return False
    return sum(1 for one in choices if look(one, choices)[1]) * 3 >= len(choices)


def pill(value: str, choices: tuple[str, ...] | None) -> tuple[str, str] | None:
    """Return how *value*, one of *choices*, is drawn as a state: its hue, and its icon or ""; None where it is none."""
    return look(value, choices) if is_status(choices) else None


@lru_cache(maxsize=4096)
def humanised(value: str) -> str:
    """Return `on_hold` as `On hold`; a text that has blanks or capitals of its own stays."""
    if not value or " " in value or value != value.lower():
        return value
    text = value.replace("_", " ").replace("-", " ")
    return text[0].upper() + text[1:]
