"""What every field kind keeps, as a suite to subclass.

    class TestRating(FieldKindContract):
        kind = rating.nexus_field_kinds()[0]
        values = (1, 3, 5)

Drivers give odd values, and people type hostile ones: a kind draws whatever it is given, and breaks no page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from markupsafe import escape

from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Field

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)><b style=color:red>{{ 7 * 7 }}\x00\u202e"
ODD: tuple[Any, ...] = (
    HOSTILE, "", "javascript:alert(1)", "http://[", "é" * 2000, 0, -1, 10**40, 1.5, float("nan"), float("inf"),
    Decimal("NaN"), Decimal("-0.10"), True, b"\x00\xff", date.min, datetime.max, datetime(2026, 3, 29, 1, tzinfo=UTC),
    time(23, 59, 59, 999_999), timedelta.min, UUID(int=0), [HOSTILE, None, 1], (), {"a": HOSTILE}, {1, 2},
)  # fmt: skip
"""What a kind may be handed: never None, a masked or an unreadable value, but anything else that a driver reads."""

LOCALES = (Locale(), Locale(zone=ZoneInfo("Asia/Kathmandu"), base="/admin", sprite="/static/icons.svg"))
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class FieldKindContract:
    """Subclass it in a test module; name the kind and some values that it is made for."""

    kind: ClassVar[FieldKind]
    values: ClassVar[tuple[Any, ...]] = ()

    @property
    def fields(self) -> Iterator[Field]:
        """Fields as they come: bare, with all that introspection may find, and hostile by name."""
        name = self.kind.name
        yield Field("value", "Value", name)
        yield Field("value", "Value", name, choices=("a", HOSTILE), scale=2, precision=10, unit="EUR", max_length=3)
        yield Field(HOSTILE, HOSTILE, name, key=True, unit=HOSTILE, choices=(), scale=0)

    def test_it_says_what_it_is(self) -> None:
        """A name for files, a title for people, an icon."""
        assert _NAME.fullmatch(self.kind.name)
        assert self.kind.title
        assert _NAME.fullmatch(self.kind.glyph.replace("-", "_"))

    def test_it_draws_its_own_values(self) -> None:
        """Each as a text that is not empty."""
        for value in self.values:
            for field in self.fields:
                assert all(self.kind.show(value, field, locale) for locale in LOCALES)

    def test_it_draws_whatever_a_driver_reads(self) -> None:
        """As text, without raising."""
        for value in (*self.values, *ODD):
            for field in self.fields:
                assert all(isinstance(self.kind.show(value, field, locale), str) for locale in LOCALES)

    def test_its_markup_is_whole_and_holds_nothing_of_the_values(self) -> None:
        """No element, attribute or address that a value brought along; every element is closed."""
        wrong = [
            f"{value!r:.40}: {fault}"
            for value in (*self.values, *ODD)
            for field in self.fields
            for fault in _faults(self._html(value, field))
        ]
        assert wrong == []

    def _html(self, value: Any, field: Field) -> str:
        draw = self.kind.html
        return str(draw(value, field, LOCALES[1]) if draw else escape(self.kind.show(value, field, LOCALES[1])))


def _faults(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [*reader.faults, *(f"<{tag}> is not closed" for tag in reader.open)]


class _Reader(HTMLParser):
    """Collects what must not be in the markup of a value."""

    SINGLE = ("br", "img", "use", "rect", "circle", "path", "wbr")
    ADDRESSES = ("href", "src", "action", "formaction", "xlink:href")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        if tag in ("script", "style", "iframe", "object", "b"):
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.faults.append(f"attribute {name}")
            scheme = (value or "").strip().lower().partition(":")[0]
            if name in self.ADDRESSES and scheme in ("javascript", "data", "vbscript"):
                self.faults.append(f"{name} leads to {scheme}:")
        if tag not in self.SINGLE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Look at the end of one."""
        if tag in self.open:
            del self.open[len(self.open) - 1 - self.open[::-1].index(tag)]
