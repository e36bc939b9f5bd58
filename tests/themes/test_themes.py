"""Themes: what they may set, how they are chosen, and that a bad one is named."""

from pathlib import Path

import pytest

from nexus_admin.domain.errors import ExtensionError
from nexus_admin.kernel.extensions import bundled_root
from nexus_admin.kernel.themes import parse
from nexus_admin.testing.themes import ThemeContract
from tests.web.world import csrf, served, signed_in


class TestForest(ThemeContract):
    folder = bundled_root() / "themes/forest"


class TestPaper(ThemeContract):
    folder = bundled_root() / "themes/paper"


@pytest.mark.parametrize(
    ("css", "said"),
    [
        (":root { --nx-color-acent: #112233; }", "Did you mean"),
        (":root, [data-theme='x'] { --nx-color-accent: #112233; }", "no rule for"),
        (':root, [data-theme="light"] { --nx-color-accent: red; }', "cannot be 'red'"),
        (':root, [data-theme="light"] { --nx-font-sans: url(x); }', "cannot be"),
        (':root, [data-theme="light"] { background: #fff; }', "no token 'background'"),
        ('@import "x";', "belongs to no rule"),
        (':root, [data-theme="light"] { --nx-color-accent: #112233 } body { }', "no rule for 'body'"),
    ],
)
@pytest.mark.req("S003-THEME-01")
def test_a_theme_may_set_only_what_cannot_hurt(css: str, said: str) -> None:
    if "acent" in css:
        css = css.replace(":root {", ':root, [data-theme="light"] {')
    with pytest.raises(ExtensionError, match=said):
        parse(css, "tokens.css")


def test_a_theme_is_chosen_for_everybody_and_worn_by_the_sign_in_page(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        page = client.get("/theme").text
        assert "Forest" in page
        assert 'aria-label="Nexus, dark"' in page
        assert "/x/themes/" not in page
        client.post("/theme", data={"name": "forest", "_csrf": csrf(page)})
        link = next(part for part in client.get("/").text.split('"') if part.startswith("/x/themes/forest/"))
        sheet = client.get(link)
        assert sheet.headers["content-type"].startswith("text/css")
        assert "immutable" in sheet.headers["cache-control"]
        assert "--nx-color-accent:#1c6b45" in sheet.text
        client.cookies.clear()
        assert link in client.get("/sign-in").text


def test_a_theme_that_cannot_be_read_is_named_and_not_offered(tmp_path: Path) -> None:
    folder = tmp_path / "themes/faint"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('name = "faint"\n')
    (folder / "tokens.css").write_text(
        ':root, [data-theme="light"] { --nx-color-accent: #eeeeee; --nx-color-on-accent: #ffffff; }'
    )
    with served(tmp_path, project=tmp_path) as nexus:
        client = signed_in(nexus)
        assert "faint" not in client.get("/theme").text
        assert "has a contrast of 1.16" in client.get("/extensions").text
