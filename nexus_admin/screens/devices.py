"""What a browser says it is, as a person would call it: `Firefox on Ubuntu`."""

from __future__ import annotations

_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"),
    ("python", "Python"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Ubuntu", "Ubuntu"), ("Linux", "Linux"),
)  # fmt: skip
_PHONES = ("iPhone", "Android")


def device_name(user_agent: str) -> str:
    """Return how people call it; the first word of what is unknown."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent.split("/")[0].split(" ")[0][:40] or "An unknown device"


def device_icon(user_agent: str) -> str:
    """Return the icon of it."""
    return "phone" if any(mark in user_agent for mark in _PHONES) else "laptop"
