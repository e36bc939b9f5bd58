"""What extensions add to the web: pages with a permission, pieces in slots; and the pages that manage them."""

import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin.domain.actor import Actor
from tests.kernel.world import plugin
from tests.web.world import PASSWORD, csrf, served, signed_in

TOOLS = """
from nexus_admin.sdk import Forbidden, Page, PageAnswer, Slot, hookimpl

def answer(request):
    if request.query.get("broken"):
        raise KeyError("secret detail")
    if request.form:
        return PageAnswer(redirect="?word=" + request.form["word"])
    return PageAnswer("front.html", {"word": request.query.get("word", "")})

@hookimpl
def nexus_pages():
    return [Page("", "Tools of ours", "tools.view", answer, icon="bolt")]

@hookimpl
def nexus_slot(name, context):
    return Slot("piece.html", {"who": context.actor.email}) if name == "home.aside" else None
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = plugin(tmp_path, "tools", TOOLS, 'title = "Tools"\ndescription = "Ours alone."\n')
    (folder / "templates").mkdir()
    (folder / "templates/front.html").write_text(
        '<p id="word">{{ word }}</p><form method="post"><input type="hidden" name="_csrf" value="{{ csrf }}"></form>'
    )
    (folder / "templates/piece.html").write_text("<p>A piece for {{ who }}</p>")
    return tmp_path


def viewer(nexus: object) -> TestClient:
    by = Actor.system("test")
    nexus.kernel.access.users.create("vic@example.com", password=PASSWORD, roles=("viewer",), by=by)  # type: ignore[attr-defined]
    return signed_in(nexus, "vic@example.com")  # type: ignore[arg-type]


def test_a_page_stands_in_the_menu_and_escapes_what_it_is_given(project: Path) -> None:
    with served(project, project=project) as nexus:
        client = signed_in(nexus)
        assert 'href="/x/tools"' in client.get("/").text
        page = client.get("/x/tools?word=<script>")
        assert "<title>Tools of ours" in page.text
        assert '<p id="word">&lt;script&gt;</p>' in page.text
        sent = client.post("/x/tools", data={"word": "hello", "_csrf": csrf(page.text)})
        assert '<p id="word">hello</p>' in sent.text


def test_a_page_that_raises_names_its_extension_and_nothing_else(project: Path) -> None:
    with served(project, project=project) as nexus:
        client = signed_in(nexus)
        answer = client.get("/x/tools?broken=1")
        assert answer.status_code == 500
        assert "plugins/tools" in answer.text
        assert "secret detail" not in answer.text
        assert client.get("/x/tools").status_code == 200


def test_a_page_is_not_there_for_those_without_its_permission(project: Path) -> None:
    with served(project, project=project) as nexus:
        client = viewer(nexus)
        assert client.get("/x/tools").status_code == 403
        assert 'href="/x/tools"' not in client.get("/").text
        assert client.get("/extensions").status_code == 403
        assert client.get("/settings").status_code == 403


def test_pieces_stand_in_their_slots(project: Path) -> None:
    with served(project, project=project) as nexus:
        client = signed_in(nexus)
        assert "A piece for ada@example.com" in client.get("/").text
        (project / "plugins/tools/templates/piece.html").write_text("{{ nothing_of_that_name }}")
        page = client.get("/")
        assert page.status_code == 200
        assert nexus.kernel.hooks.statuses["plugins/tools"].error


def test_what_a_record_lacks_stands_beside_it(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        assert "Empty:" not in client.get("/s/shop/customers/1").text
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute("update customers set country = null where id = 1")
        assert "Empty: Country" in client.get("/s/shop/customers/1").text


def test_an_extension_is_switched_off_on_its_page(project: Path) -> None:
    plugin(project, "sad", "raise RuntimeError('no luck')")
    with served(project, project=project) as nexus:
        client = signed_in(nexus)
        page = client.get("/extensions").text
        assert "Ours alone." in page
        assert "no luck" in page
        client.post("/extensions", data={"name": "plugins/tools", "on": "0", "_csrf": csrf(page)})
        assert client.get("/x/tools").status_code == 404
        client.post("/extensions", data={"name": "plugins/tools", "on": "1", "_csrf": csrf(page)})
        assert client.get("/x/tools").status_code == 200


@pytest.mark.req("S003-KERN-10")
def test_a_setting_is_changed_on_its_page_and_audited(project: Path) -> None:
    with served(project, project=project) as nexus:
        client = signed_in(nexus)
        page = client.get("/settings").text
        assert "state.url" in page
        client.post("/settings", data={"key": "project.name", "value": "Juniper", "_csrf": csrf(page)})
        assert "<title>Settings · Juniper</title>" in client.get("/settings").text
        refused = client.post("/settings", data={"key": "server.port", "value": "1", "_csrf": csrf(page)})
        assert refused.status_code == 409
        client.post("/settings", data={"key": "project.name", "back": "1", "_csrf": csrf(page)})
        assert "Nexus Admin</title>" in client.get("/settings").text
