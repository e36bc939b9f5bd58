"""Themes: a folder with `tokens.css`, which lays accents, radii and fonts over the house's own light and dark.

The file is read, checked and written anew, so nothing but known tokens with harmless values reaches a browser.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from nexus_admin.domain.colour import contrast
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.extension import ExtensionStatus
from nexus_admin.domain.nearest import did_you_mean

_ACCENTS = (
    "accent", "accent-hover", "accent-active", "on-accent", "accent-subtle", "accent-subtle-hover", "accent-border",
    "accent-text", "link", "link-hover", "focus",
)  # fmt: skip
COLOURS = (*(f"color-{name}" for name in _ACCENTS), "chart-1")
LENGTHS = ("radius-xs", "radius-sm", "radius-md", "radius-lg")
FONTS = ("font-sans", "font-mono")
TOKENS = (*COLOURS, *LENGTHS, *FONTS)
"""What a theme may set. The rest follows the house, so that every pair of ink and ground stays readable."""

SCHEMES = {':root,[data-theme="light"]': "light", '[data-theme="light"]': "light", '[data-theme="dark"]': "dark"}
_SELECTORS = {"light": ':root, [data-theme="light"]', "dark": '[data-theme="dark"]'}
_PAIRS = (
    ("color-on-accent", "color-accent"), ("color-on-accent", "color-accent-hover"),
    ("color-on-accent", "color-accent-active"), ("color-accent-text", "color-accent-subtle"),
)  # fmt: skip
LEAST = 4.5
"""The contrast that WCAG 2.2 AA asks of text."""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_VALUES = {
    **dict.fromkeys(COLOURS, re.compile(r"#[0-9a-fA-F]{6}")),
    **dict.fromkeys(LENGTHS, re.compile(r"\d{1,2}(\.\d+)?(px|rem)|0")),
    **dict.fromkeys(FONTS, re.compile(r"[\w\s,\"'-]{1,300}")),
}


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme that can be chosen.

    Args:
        name: The folder's name.
        title: What people read.
        description: One sentence.
        tokens: Values by token, for `light` and for `dark`.
    """

    name: str
    title: str
    description: str
    tokens: Mapping[str, Mapping[str, str]]

    @property
    def css(self) -> str:
        """The stylesheet that a page links."""
        return "".join(
            f"{_SELECTORS[scheme]}{{{''.join(f'--nx-{name}:{value};' for name, value in tokens.items())}}}"
            for scheme, tokens in self.tokens.items()
        )

    @property
    def stamp(self) -> str:
        """Changes with the stylesheet, so that a browser may keep it."""
        return hashlib.blake2s(self.css.encode(), digest_size=6).hexdigest()


def themes_of(statuses: Iterable[ExtensionStatus]) -> dict[str, Theme]:
    """Return the themes that can be chosen, by name; one that cannot be read is marked as failed."""
    found = {}
    for status in statuses:
        if status.extension.kind == "themes" and status.state not in ("off", "failed"):
            try:
                found[status.extension.name] = _read(status)
            except ExtensionError as error:
                status.state, status.error = "failed", str(error)
    return found


def parse(css: str, where: str) -> dict[str, dict[str, str]]:
    """Return the tokens that *css* sets, for `light` and for `dark`.

    Raises:
        ExtensionError: names the selector, the token or the value that a theme may not have.
    """
    found: dict[str, dict[str, str]] = {}
    plain = _COMMENT.sub("", css)
    for selector, body in _RULE.findall(plain):
        scheme = SCHEMES.get(re.sub(r"\s+", "", selector))
        if scheme is None:
            raise ExtensionError(f"{where}: a theme has no rule for {selector.strip()!r}, only for {_spelled()}.")
        for line in filter(None, map(str.strip, body.split(";"))):
            name, value = _declaration(line, where)
            found.setdefault(scheme, {})[name] = value
    if left := _RULE.sub("", plain).strip():
        raise ExtensionError(f"{where}: {left[:40]!r} belongs to no rule.")
    return found


def weak_pairs(tokens: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a sentence for each pair of ink and ground in a theme that cannot be read well."""
    return [
        f"In {scheme}, {ink} on {ground} has a contrast of {ratio:.2f}; {LEAST} is the least."
        for scheme, values in tokens.items()
        for ink, ground in _PAIRS
        if ink in values and ground in values and (ratio := contrast(values[ink], values[ground])) < LEAST
    ]


def _read(status: ExtensionStatus) -> Theme:
    manifest = status.extension.manifest
    path = status.extension.path / "tokens.css"
    where = f"themes/{manifest.name}/tokens.css"
    tokens = parse(_text(path, where), where)
    if weak := weak_pairs(tokens):
        raise ExtensionError(f"{where}: {' '.join(weak)}")
    return Theme(manifest.name, manifest.title or manifest.name, manifest.description, tokens)


def _text(path: Path, where: str) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExtensionError(f"{where} cannot be read: {error}.") from None


def _declaration(line: str, where: str) -> tuple[str, str]:
    name, _, value = (part.strip() for part in line.partition(":"))
    token = name.removeprefix("--nx-")
    if not name.startswith("--nx-") or token not in TOKENS:
        raise ExtensionError(f"{where}: a theme has no token {name!r}.{did_you_mean(token, TOKENS)}")
    if not _VALUES[token].fullmatch(value):
        raise ExtensionError(f"{where}: {name} cannot be {value!r}.")
    return token, value


def _spelled() -> str:
    return " and ".join(_SELECTORS.values())
