"""A project's own templates and static files stand in the place of ours, by their paths, and of those of extensions."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from nexus_admin.cli.main import app
from nexus_admin.web.templating import TEMPLATES, Pages
from tests.kernel.world import plugin
from tests.web.world import served, signed_in

NAMES = sorted(one.relative_to(TEMPLATES).as_posix() for one in TEMPLATES.rglob("*.html"))
ASSETS = ("app.js", "style.css", "manage.css", "live.css", "icons.svg", "inter.woff2")
PAGE = """
from nexus_admin.sdk import Page, PageAnswer, hookimpl

@hookimpl
def nexus_pages():
    return [Page("", "Weather", "weather.view", lambda request: PageAnswer("page.html"))]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nexus.toml").write_text("")
    return tmp_path


def write(project: Path, name: str, text: str) -> None:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.req("S003-PHIL-06")
@pytest.mark.parametrize("name", NAMES)
def test_every_template_of_the_house_can_be_taken_the_place_of_and_is_there_again(project: Path, name: str) -> None:
    write(project, "templates/unused.html", "")
    pages = Pages(project)
    before = pages.environment.get_template(name)
    write(project, f"templates/{name}", f"own {name}, {{{{ 6 * 7 }}}}")
    assert pages.environment.get_template(name).render() == f"own {name}, 42"
    assert pages.environment.get_template(f"nexus/{name}").filename == before.filename
    (project / "templates" / name).unlink()
    assert pages.environment.get_template(name).filename == before.filename


@pytest.mark.req("S003-PHIL-06")
def test_pages_are_drawn_with_them_whole_in_part_and_as_ours_with_a_change(project: Path) -> None:
    write(project, "templates/home.html", '{% extends "nexus/home.html" %}{% block title %}Bridge{% endblock %}')
    write(project, "templates/inputs/text.html", '<input class="nx-input mine" id="{{ one.id }}">')
    write(project, "templates/error.html", "<!doctype html><title>Gone</title><p>{{ error }}")
    with served(project, project=project) as nexus:
        browser: TestClient = signed_in(nexus)
        home = browser.get("/").text
        assert "<title>Bridge" in home
        assert 'href="/s/shop/orders"' in home
        assert 'class="nx-input mine" id="f-number"' in browser.get("/s/shop/orders/new").text
        lost = browser.get("/nowhere")
        assert (lost.status_code, lost.text) == (
            404,
            "<!doctype html><title>Gone</title><p>There is no page at /nowhere.",
        )


@pytest.mark.req("S003-PHIL-06")
def test_templates_of_extensions_too(project: Path) -> None:
    folder = plugin(project, "weather", PAGE)
    write(folder, "templates/page.html", '<p id="sky">Clear</p>{% block more %}{% endblock %}')
    write(
        project,
        "templates/plugins/weather/page.html",
        '{% extends "nexus/page.html" %}{% block more %}and cold{% endblock %}',
    )
    write(project, "templates/plugins/completeness/page.html", "Whole.")
    with served(project, project=project) as nexus:
        browser = signed_in(nexus)
        assert '<p id="sky">Clear</p>and cold' in browser.get("/x/weather").text
        assert "Whole." in browser.get("/x/completeness").text


@pytest.mark.req("S003-PHIL-06")
@pytest.mark.parametrize("name", ASSETS)
def test_every_static_file_that_pages_name(project: Path, name: str) -> None:
    write(project, f"static/{name}", f"own {name}")
    with served(project, project=project) as nexus:
        address = nexus._reception.pages.asset(name)
        answer = TestClient(nexus).get(address)
        assert (answer.status_code, answer.text) == (200, f"own {name}")
        assert "immutable" in answer.headers["cache-control"]
        write(project, f"static/{name}", f"own {name}, changed")
        assert nexus._reception.pages.asset(name) != address
        if name in ("app.js", "style.css"):
            assert nexus._reception.pages.asset(name) in TestClient(nexus).get("/sign-in").text
        for wrong in ("%2e%2e/nexus.toml", "nothing.css"):
            assert TestClient(nexus).get(f"/x/static/project/own/0/{wrong}").status_code == 404


@pytest.mark.req("S003-PHIL-06")
def test_a_folder_that_is_no_project_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "templates/home.html", "somebody else's")
    write(tmp_path, "static/style.css", "somebody else's")
    with served(tmp_path, project=tmp_path) as nexus:
        assert "somebody else's" not in signed_in(nexus).get("/").text
        assert nexus._reception.pages.asset("style.css").startswith("/static/")
        assert TestClient(nexus).get("/x/static/project/own/0/style.css").status_code == 404


@pytest.mark.req("S003-PHIL-06")
def test_check_names_what_is_wrong_with_them(project: Path) -> None:
    write(project, "templates/home.html", "{% if %}")
    write(project, "templates/hoem.html", "never seen")
    write(project, "templates/list.html", '{% include "mine/_row.html" %}<p onclick="go()">')
    write(project, "templates/mine/_row.html", "used")
    write(project, "templates/plugins/archive/nothing.html", "never seen")
    done = CliRunner().invoke(app, ["check", "--project", str(project), "--state", str(project / "state.db")])
    said = done.output
    assert done.exit_code == 1
    assert "templates/home.html, line 1:" in said
    assert "templates/hoem.html takes the place of no template, and none uses it. Did you mean 'home.html'?" in said
    assert "templates/list.html, " in said
    assert "templates/plugins/archive/nothing.html takes the place of no template" in said
    assert "mine/_row.html" not in said
