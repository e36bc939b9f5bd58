"""Colours come from tokens, every theme has every token, and every pair that meets can be read."""

import re
from pathlib import Path

import pytest

from nexus_admin.domain.colour import contrast
from nexus_admin.kernel.themes import parse
from nexus_admin.web.pages.themes import OWN, SWATCHES
from tests.architecture.checkout import PRODUCT, ROOT, name, under

TOKENS = ROOT / "nexus_admin/web/frontend/src/css/tokens"
RAW = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(rgb|rgba|hsl|hsla|oklch|lab|lch)\(")
GROUNDS = ("canvas", "surface", "surface-sunken", "surface-raised", "surface-hover", "accent-subtle")
ROLES = ("success", "warning", "danger", "info")
HUES = ("gray", "blue", "teal", "green", "amber", "orange", "red", "pink", "violet")
CODE = ("text", "gutter", "keyword", "string", "number", "function", "field", "comment")
INVERSE = ("text-inverse", "text-inverse-muted", "inverse-link")
MESSAGES = ("inverse-good", "inverse-bad", "inverse-info")


def declared(path: Path) -> dict[str, str]:
    return dict(re.findall(r"--nx-([\w-]+):\s*([^;]+);", path.read_text()))


THEMES = {
    theme: {**declared(TOKENS / "scales.css"), **declared(TOKENS / f"{theme}.css")}
    for theme in ("light", "dark", "contrast")
}


def pairs() -> list[tuple[str, str, float]]:
    """What meets what: ink, ground, and the least ratio that WCAG 2.2 AA asks for."""
    text = [
        (f"color-{ink}", f"color-{on}", 4.5)
        for on in GROUNDS
        for ink in ("text", "text-muted", "text-subtle", "link", "accent-text")
    ]
    text += [
        (f"color-{ink}", f"color-{on}", 4.5) for ink in INVERSE for on in ("surface-inverse", "surface-inverse-hover")
    ]
    text += [(f"color-on-{role}", f"color-{role}-solid", 4.5) for role in ROLES]
    text += [
        (f"color-{ink}", f"color-{role}-subtle", 4.5)
        for role in ROLES
        for ink in (f"{role}-text", "text", "text-muted")
    ]
    text += [(f"color-{role}-text", f"color-{on}", 4.5) for role in ROLES for on in GROUNDS[:4]]
    text += [("color-on-accent", f"color-{state}", 4.5) for state in ("accent", "accent-hover", "accent-active")]
    text += [
        ("color-on-danger", "color-danger-solid-hover", 4.5),
        ("color-accent-text", "color-accent-subtle-hover", 4.5),
    ]
    text += [(f"color-{hue}-text", f"color-{hue}-bg", 4.5) for hue in HUES]
    text += [(f"color-diff-{kind}-text", f"color-diff-{kind}-bg", 4.5) for kind in ("add", "del")]
    text += [(f"code-{part}", f"code-{on}", 4.5) for part in CODE for on in ("bg", "line")]
    text += [("chart-label", "color-surface", 4.5)]
    text += [("color-inverse-danger", "color-surface-inverse", 4.5)]
    text += [("color-inverse-danger-hover", "color-surface-inverse-hover", 4.5)]
    shapes = [(f"color-{icon}", "color-surface-inverse", 3.0) for icon in MESSAGES]
    shapes += [("color-focus", f"color-{on}", 3.0) for on in GROUNDS]
    shapes += [("color-border-control", f"color-{on}", 3.0) for on in GROUNDS[:4]]
    shapes += [(f"color-{role}-solid", f"color-{on}", 3.0) for role in ROLES for on in GROUNDS[:4]]
    shapes += [(f"chart-{n}", "color-surface", 3.0) for n in range(1, 9)]
    return text + shapes


def test_the_swatches_of_the_house_are_its_tokens() -> None:
    for scheme, swatches in OWN.items():
        assert swatches == {token: THEMES[scheme][token] for token in SWATCHES}


@pytest.mark.req("S003-STACK-03")
def test_all_colours_in_stylesheets_come_from_tokens() -> None:
    raw = []
    for path in under(*PRODUCT, suffix=".css"):
        if path.parent == TOKENS or path.name == "tokens.css":
            continue
        for at, line in enumerate(path.read_text().splitlines(), start=1):
            used = re.sub(r"--nx-[\w-]+:[^;]+;", "", line)  # what a line declares anew (for paper) is a token
            if RAW.search(used):
                raw.append(f"{name(path)}:{at}: {line.strip()[:90]}")
    assert raw == []


@pytest.mark.parametrize("theme", ["dark", "contrast"])
def test_a_theme_has_every_token_of_the_light_one(theme: str) -> None:
    assert sorted(set(declared(TOKENS / "light.css")) - set(declared(TOKENS / f"{theme}.css"))) == []


def weak(tokens: dict[str, str], stricter: dict[float, float]) -> list[str]:
    return [
        f"{ink} on {ground} is {found:.2f}, needs {needed}"
        for ink, ground, least in pairs()
        if (found := contrast(tokens[ink], tokens[ground])) < (needed := stricter.get(least, least))
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_every_pair_that_meets_can_be_read(theme: str) -> None:
    assert weak(THEMES[theme], {4.5: 7.0, 3.0: 4.5} if theme == "contrast" else {}) == []


@pytest.mark.req("S003-THEME-01")
@pytest.mark.parametrize("folder", sorted((ROOT / "themes").glob("*/")), ids=lambda path: path.name)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bundled_themes_can_be_read_over_the_house(folder: Path, scheme: str) -> None:
    laid = parse((folder / "tokens.css").read_text(), folder.name)[scheme]
    assert weak({**THEMES[scheme], **laid}, {}) == []
