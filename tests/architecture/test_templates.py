"""Templates hold markup that names things; behaviour and looks live in files that the policy lets in."""

import re
from pathlib import Path

from nexus_admin.web.markup import components, faults
from tests.architecture.checkout import PRODUCT, ROOT, name, under

SOURCES = ROOT / "nexus_admin/web/frontend/src"
CLASSES = re.compile(r"class=\"([^\"]*)\"")
JINJA = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)


def templates() -> list[Path]:
    return under(*PRODUCT, suffix=".html")


def registered() -> set[str]:
    """Names given to Alpine: by the house's list and by scripts of extensions."""
    index = (SOURCES / "components/index.js").read_text()
    house = set(re.findall(r"^  (\w+),$", index, re.MULTILINE))
    scripts = [path.read_text() for path in under("plugins", "widgets", "example_app", suffix=".js")]
    return house | {found for script in scripts for found in re.findall(r"Nexus\.data\([\"'](\w+)", script)}


def styled() -> set[str]:
    """Every class that a stylesheet of ours knows."""
    sheets = [path.read_text() for path in under(*PRODUCT, suffix=".css")]
    return {found for sheet in sheets for found in re.findall(r"\.(nx-[\w-]+)", sheet)}


def test_no_template_holds_what_the_policy_refuses() -> None:
    found = [f"{name(path)}: {fault}" for path in templates() for fault in faults(path.read_text(encoding="utf-8"))]
    assert found == []


def test_every_component_that_markup_names_exists() -> None:
    known = registered()
    found = [
        f"{name(path)}: {each}" for path in templates() for each in components(path.read_text()) if each not in known
    ]
    assert found == []


def test_every_house_class_that_markup_uses_is_styled() -> None:
    known = styled()
    found = []
    for path in templates():
        text = JINJA.sub(lambda match: "\0" if match[0].startswith("{{") else " ", path.read_text(encoding="utf-8"))
        used = {each for classes in CLASSES.findall(text) for each in classes.split() if "\0" not in each}
        found += [f"{name(path)}: {each}" for each in sorted(used) if each.startswith("nx-") and each not in known]
    assert found == []


def test_every_icon_that_markup_uses_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (SOURCES / "icons.svg").read_text()))
    found = [
        f"{name(path)}: {each}"
        for path in [*templates(), *under(*PRODUCT, suffix=".js")]
        for each in re.findall(r"#(nx-[\w-]+)[\"']", path.read_text(encoding="utf-8"))
        if each not in drawn and not each.endswith("-")
    ]
    assert found == []
