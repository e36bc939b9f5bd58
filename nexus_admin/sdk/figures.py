"""How numbers, dates and times are written on cards, in chart texts and in one-sentence summaries.

`figure` writes a value in full, `compact` shortens big numbers (5.14M), `bucket` names a
stretch of time (Mar 2026). All take what `Row` may hold; None is a dash.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from nexus_admin.domain.kinds import family

NOTHING = "—"
HUGE = 10**300
"""From here on a number is written as a power of ten."""

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "BRL": "R$", "KRW": "₩"}
_STEPS = ((1_000_000_000_000, "T"), (1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))


def figure(value: Any, kind: str = "decimal", unit: str | None = None) -> str:
    """Return *value* in full: `1,204.5`, `€82.96`, `2.9%`, `19 Nov 2026, 05:09`, `Yes`."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return f"{_day(value)}, {value:%H:%M}"
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, int | float | Decimal):
        return _with_unit(_number(value, kind), kind, unit)
    return spelled(str(value)) if kind == "enum" else str(value)


def spelled(text: str) -> str:
    """Return `on_hold` as `On hold`; a text that has blanks or capitals of its own stays."""
    if not text or " " in text or text != text.lower():
        return text
    plain = text.replace("_", " ").replace("-", " ")
    return plain[:1].upper() + plain[1:]


def compact(value: Any, kind: str = "decimal", unit: str | None = None, above: int = 1_000_000) -> str:
    """Return a number of *above* or more in three digits (`€5.14M`, `984k`), smaller ones as `figure` does.

    Money of a thousand or more comes without cents.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not _finite(value):
        return figure(value, kind, unit)
    if -above < value < above or not -HUGE < value < HUGE:
        whole = kind == "money" and not -1000 < value < 1000 and -HUGE < value < HUGE
        return figure(round(value), "decimal", unit) if whole else figure(value, kind, unit)
    for size, letter in _STEPS:
        part = abs(float(value)) / size
        if part >= 0.9995:
            digits = f"{part:.{2 if part < 9.995 else 1 if part < 99.95 else 0}f}"
            return _with_unit(f"{'−' if value < 0 else ''}{digits}{letter}", kind, unit)
    return figure(value, kind, unit)


def bucket(value: Any, grain: str | None) -> str:
    """Return the name of the stretch of time that begins at *value*: `2026`, `Q1 2026`, `Mar 2026`, `2 Oct 2026`."""
    if not isinstance(value, date) or grain is None:
        return figure(value)
    if grain == "year":
        return f"{value.year}"
    if grain == "quarter":
        return f"Q{(value.month + 2) // 3} {value.year}"
    if grain == "month":
        return f"{value:%b} {value.year}"
    if grain == "hour" and isinstance(value, datetime):
        return f"{_day(value)}, {value:%H}:00"
    return f"Week of {_day(value)}" if grain == "week" else _day(value)


def number(value: Any) -> float | int | None:
    """Return *value* as a number that a chart can take, or None where it is none."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -HUGE < value < HUGE else None
    if isinstance(value, float | Decimal):
        return float(value) if _finite(value) else None
    return None


def _finite(value: int | float | Decimal) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or math.isfinite(value)


def _day(value: date) -> str:
    return f"{value.day} {value:%b} {value.year}"


def _number(value: int | float | Decimal, kind: str) -> str:
    if not _finite(value):
        return str(value)
    if not -HUGE < value < HUGE:
        return f"{Decimal(value):.2E}"
    if kind == "year" and value == int(value):
        return str(int(value))
    if kind == "money":
        text = f"{value:,.2f}"
    elif isinstance(value, int):
        text = f"{value:,}"
    else:
        text = f"{value:,.2f}".rstrip("0").rstrip(".") if value == 0 or abs(float(value)) >= 0.01 else f"{value:.2g}"
    return f"−{text[1:]}" if text.startswith("-") else text


def signs(kind: str, unit: str | None) -> tuple[str, str]:
    """Return what stands before and after every number of *kind* in *unit*: `("€", "")`, `("", "%")`."""
    if kind == "percent":
        return "", "%"
    if not unit or family(kind) != "number":
        return "", ""
    symbol = _SYMBOLS.get(unit.upper(), unit)
    return ("", f" {symbol}") if len(symbol) > 2 else (symbol, "")


def _with_unit(text: str, kind: str, unit: str | None) -> str:
    before, after = signs(kind, unit)
    minus, text = ("−", text[1:]) if text.startswith("−") else ("", text)
    return f"{minus}{before}{text}{after}"
