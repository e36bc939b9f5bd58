"""The example's own dashboards: what the files say is there, and every widget draws."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from example_app.shop import generate
from nexus_admin import Nexus
from nexus_admin.actions.house.boards import Boards
from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.options import Options

PROJECT = Path(__file__).parent.parent.parent / "example_app"
PASSWORD = "a long password 1"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nexus]:
    folder = tmp_path_factory.mktemp("example")
    generate(folder / "shop.db", orders=500)
    options = Options(
        project=PROJECT, urls=(("shop", str(folder / "shop.db")),), state=str(folder / "n.db"), environ={}
    )
    app = Nexus(options=options)
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("viewer",), by=Actor.system("test"))
    yield app
    app.kernel.stop()


@pytest.mark.parametrize("name", ["sales", "customers", "brokers"])
def test_every_field_and_widget_that_a_file_names_is_there(app: Nexus, name: str) -> None:
    boards = app.kernel.services.get(Boards)
    found, wrong = boards.declared()
    assert wrong == []
    assert boards.problems(found[name].dashboard) == []


@pytest.mark.parametrize("name", ["sales", "customers", "brokers"])
def test_a_viewer_sees_every_widget_drawn(app: Nexus, name: str) -> None:
    browser = TestClient(app, base_url="http://testserver")
    browser.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    page = browser.get(f"/dashboards/{name}").text
    widgets = app.kernel.services.get(Boards).declared()[0][name].dashboard.widgets
    assert page.count('<section class="nx-widget"') == len(widgets)
    forms = sum(one.widget == "form" for one in widgets)
    assert page.count("nx-widget__error") == page.count("You may not add ") == forms, "who may not write is told so"
    assert "aria-busy" not in page
    for one in widgets:
        assert one.title in page
