"""Values as text for people: numbers, money, dates, sizes. The same everywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from nexus_admin.domain.field_kind import Locale

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MINUTES = tuple(f", {minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60))
"""What follows a day, for each minute of it."""
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CHF": "CHF ", "INR": "₹", "KRW": "₩"}


def number(value: Any, scale: int | None = None) -> str:
    """Return *value* with thousands parted and, where *scale* is given, that many digits."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    if not isinstance(value, Decimal):
        return str(value)
    if not value.is_finite():
        return str(value)
    text = f"{value:,.{scale}f}" if scale is not None else f"{value:,f}"
    return text.replace("-", "−")


def money(value: Any, unit: str | None, scale: int | None = 2) -> str:
    """Return an amount with its currency in front: `€412.80`."""
    symbol = SYMBOLS.get(unit or "", f"{unit} " if unit else "")
    if value.__class__ is Decimal and value.is_finite():
        text = format(value, ",.2f" if scale is None or scale == 2 else f",.{scale}f")
        return f"−{symbol}{text[1:]}" if text[0] == "-" else f"{symbol}{text}"
    text = number(Decimal(value) if isinstance(value, int) else value, 2 if scale is None else scale)
    return f"−{symbol}{text[1:]}" if text.startswith("−") else f"{symbol}{text}"


def short_number(value: float) -> str:
    """Return a rough size: `947`, `4,812`, `182k`, `1.0M`."""
    if abs(value) < 10_000:
        return number(int(value))
    for step, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= step:
            scaled = value / step
            return f"{scaled:.1f}{letter}" if scaled < 10 else f"{scaled:.0f}{letter}"
    return number(int(value))


def day(value: date, locale: Locale, *, short: bool = False) -> str:
    """Return `19 Nov 2026`, or `19 Nov` for a *short* one of this year."""
    text = f"{value.day} {MONTHS[value.month - 1]}"
    return text if short and value.year == locale.now.year else f"{text} {value.year}"


def is_day(value: datetime) -> bool:
    """Whether *value* can stand for its day: a midnight of no zone."""
    return value.tzinfo is None and not (value.hour or value.minute or value.second or value.microsecond)


def moment(value: datetime, locale: Locale, *, short: bool = False) -> str:
    """Return `19 Nov 2026, 05:09` in the reader's zone; one without a zone stands as it is."""
    here = value.astimezone(locale.zone) if value.tzinfo else value
    return f"{day(here, locale, short=short)}{MINUTES[60 * here.hour + here.minute]}"


def ago(value: datetime, now: datetime) -> str:
    """Return how long ago *value* was: `4 min ago`, `Yesterday`."""
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    seconds = (now - value).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < 3600:
        return f"{max(1, round(seconds / 60))} min ago"
    if seconds < 86_400:
        return f"{round(seconds / 3600)} h ago"
    days = int(seconds // 86_400)
    return "yesterday" if days == 1 else f"{days} days ago"


def length_of_time(value: timedelta) -> str:
    """Return `2 d 3 h`, `14 min`."""
    seconds = int(value.total_seconds())
    sign, seconds = ("−", -seconds) if seconds < 0 else ("", seconds)
    parts = []
    for size, letter in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount} {letter}")
    return sign + " ".join(parts[:2]) if parts else "0 s"


def size(amount: int) -> str:
    """Return a size in bytes as `3.2 kB`."""
    rest = float(amount)
    for unit in ("B", "kB", "MB", "GB"):
        if rest < 1000 or unit == "GB":
            return f"{rest:.0f} {unit}" if unit == "B" else f"{rest:.1f} {unit}"
        rest /= 1000
    return str(amount)


def clock(value: time) -> str:
    """Return `05:09`, with seconds where there are any."""
    return value.isoformat("seconds" if value.second or value.microsecond else "minutes")


def plural(amount: int, one: str, many: str | None = None) -> str:
    """Return `1 row`, `2 rows`."""
    return f"{number(amount)} {one if amount == 1 else many or one + 's'}"
