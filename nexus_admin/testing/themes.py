"""What every theme keeps, as a suite to subclass.

class TestForest(ThemeContract):
    folder = Path(__file__).parent.parent / "themes/forest"
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from nexus_admin.kernel.extensions import read_manifest
from nexus_admin.kernel.themes import parse, weak_pairs


class ThemeContract:
    """Subclass it in a test module and name the theme's folder."""

    folder: ClassVar[Path]

    def test_the_manifest_says_what_it_is(self) -> None:
        """A title and a sentence, for the gallery."""
        manifest = read_manifest(self.folder / "theme.toml")
        assert manifest.title
        assert manifest.description

    def test_it_sets_known_tokens_for_light_and_dark(self) -> None:
        """And for both the same colours, so that nothing of the other scheme shines through."""
        tokens = self.tokens
        assert {"light", "dark"} == set(tokens)
        colours = {scheme: {name for name in values if "color" in name} for scheme, values in tokens.items()}
        assert colours["light"] == colours["dark"]

    def test_its_text_can_be_read(self) -> None:
        """Every pair of ink and ground that it sets has the contrast of WCAG 2.2 AA."""
        assert weak_pairs(self.tokens) == []

    @property
    def tokens(self) -> dict[str, dict[str, str]]:
        """What it sets, by scheme."""
        return parse((self.folder / "tokens.css").read_text("utf-8"), self.folder.name)
