"""Sizes of text, distances, shadows and speeds in stylesheets come from the scales of tokens."""

import re
from collections.abc import Iterator

import pytest

from tests.architecture.checkout import name, under

RULE = re.compile(r"(?<![\w-])([a-z-]+)\s*:\s*([^;{}]+)[;}]")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
LENGTH = re.compile(r"(?<![\w.-])-?\d*\.?\d+(?:px|rem|pt|mm|cm)\b")
TIME = re.compile(r"(?<![\w.-])\d*\.?\d+m?s\b")
HAIRLINE = {"1px", "-1px", "1.5px", "2px", "-2px", "3px", "-3px"}
"""What a border takes up is no distance between things."""

ROOM = {
    "behaviour.css margin-block-start": "the palette hangs below the top bar, on low windows less",
    "chips.css margin-inline-start": "avatars of a stack lie over each other",
    "code.css padding-inline": "room for the numbers of lines",
    "forms.css padding-inline-end": "room for the arrow of a select",
    "audit.css padding-inline-start": "under the text of the row above, past its mark",
    "audit.css padding": "under the text of the row above, past its mark",
    "lists.css padding-inline-start": "under the first condition, past the word before it",
    "records.css padding-block-end": "room for the bar that floats over the end of a form",
}
"""Distances that make room for something drawn: a file and a property, each with its reason."""

INITIALS = {"0.5625rem", "1rem"}
"""Letters inside a small avatar; and 16 px on phones, or Safari zooms into every input."""


def declarations() -> Iterator[tuple[str, str, str]]:
    """Yield (file, property, value) of every stylesheet but tokens, print and what resets the browser's own."""
    for path in under("nexus_admin", "plugins", "widgets", suffix=".css"):
        if "tokens" in path.parts or path.name in ("print.css", "reset.css", "font.css") or "dist" in path.parts:
            continue
        for key, value in RULE.findall(COMMENT.sub("", path.read_text())):
            yield name(path), key, value.strip()


def raw(kind: str, found: re.Pattern[str], allowed: set[str] | None = None) -> list[str]:
    """What is said of properties that fit *kind* in figures, past the tokens."""
    return [
        f"{file}: {key}: {value}"
        for file, key, value in declarations()
        if re.fullmatch(kind, key) and set(found.findall(value)) - (allowed or set())
    ]


@pytest.mark.req("S003-THEME-02")
def test_sizes_of_text_come_from_the_scale() -> None:
    assert raw(r"font|font-size", LENGTH, INITIALS) == []


@pytest.mark.req("S003-THEME-02")
def test_families_of_type_come_from_tokens() -> None:
    own = [one for one in declarations() if one[1] == "font-family" and not re.match(r"var\(|inherit", one[2])]
    assert own == []


@pytest.mark.req("S003-THEME-03")
def test_distances_come_from_the_scale() -> None:
    found = raw(r"(padding|margin)(-.+)?|gap|row-gap|column-gap", LENGTH, HAIRLINE)
    places = {" ".join(one.rpartition("/")[2].split(": ")[:2]): one for one in found}
    assert {place: one for place, one in places.items() if place.replace(":", "") not in ROOM} == {}
    assert set(ROOM) - set(places) == set(), "An exception goes when it is not needed."


@pytest.mark.req("S003-THEME-04")
def test_shadows_come_from_tokens() -> None:
    cast = [one for one in declarations() if one[1] == "box-shadow" and LENGTH.search(one[2])]
    lifted = [one for one in cast if set(LENGTH.findall(one[2])) - HAIRLINE]  # a ring or a line is drawn, not lifted
    assert lifted == []


def test_changes_of_state_take_their_speed_from_tokens() -> None:
    assert raw(r"transition(-duration)?", TIME) == []
