"""What the guides show, works."""

import importlib.util
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from nexus_admin.analytics.check import check_query
from nexus_admin.dashboards.check import problems
from nexus_admin.dashboards.files import read
from nexus_admin.testing.schemas import shop
from nexus_admin.testing.widgets import WidgetContract
from tests.dashboards.worlds import FOLDER, WIDGETS

GUIDES = Path(__file__).parent.parent.parent / "docs/guides"


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S)


def test_the_dashboard_of_the_guide_is_valid() -> None:
    text, *_parts = blocks(GUIDES / "dashboards.md", "toml")
    dashboard = read(text, "sales.toml", "sales", WIDGETS)
    assert problems(dashboard, WIDGETS, lambda _: shop(), check_query) == []
    assert len(dashboard.widgets) == 4


@pytest.mark.parametrize("name", sorted(WIDGETS))
def test_the_examples_in_a_widgets_readme_are_valid(name: str) -> None:
    text = "\n".join(blocks(FOLDER / name / "README.md", "toml"))
    dashboard = read(f'title = "x"\nsource = "shop"\n{text}', name, "x", WIDGETS)
    assert problems(dashboard, WIDGETS, lambda _: shop(), check_query) == []
    assert {one.widget for one in dashboard.widgets} == {name}


def loaded(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("guide_rows", folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["guide_rows"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.req("S003-WIDG-06")
def test_the_widget_of_the_guide_has_15_lines_and_keeps_the_contract(tmp_path: Path) -> None:
    guide = GUIDES / "widgets.md"
    code = blocks(guide, "python")[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    folder = tmp_path / "rows"
    (folder / "templates").mkdir(parents=True)
    (folder / "__init__.py").write_text(code)
    (folder / "templates/widget.html").write_text(blocks(guide, "jinja")[0])
    (folder / "widget.toml").write_text(blocks(guide, "toml")[0])
    (folder / "README.md").write_text("# Rows\n")
    found = loaded(folder).nexus_widgets()[0]

    class Contract(WidgetContract):
        widget = found
        options = {"resource": "orders"}  # noqa: RUF012

    Contract.folder = folder
    promises = [one for name, one in inspect.getmembers(Contract) if name.startswith("test_")]
    assert len(promises) >= 6
    for promise in promises:
        promise(Contract())
