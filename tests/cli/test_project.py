"""`nexus new` makes a project that boots; `nexus check` says what is wrong with one."""

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from example_app.shop.write import generate
from nexus_admin.cli.main import app, named
from nexus_admin.cli.project import skeleton
from tests.kernel.world import kernel_of, plugin

run = CliRunner()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my-admin"
    made = run.invoke(app, ["new", str(folder)])
    assert made.exit_code == 0, made.output
    return folder


def check(project: Path) -> tuple[int, str]:
    done = run.invoke(app, ["check", "--project", str(project), "--state", str(project / "state.db")])
    return done.exit_code, done.output


@pytest.mark.req("S003-START-01")
def test_a_new_project_boots_and_nothing_is_wrong_with_it(project: Path) -> None:
    kernel = kernel_of(project)
    assert kernel.settings["project.name"] == "My admin"
    kernel.stop()
    assert check(project) == (0, "Nothing is wrong.\n")
    assert (project / ".gitignore").read_text().startswith("nexus.db")


def test_the_example_is_checked_with_the_database_that_it_is_served_with(repository: Path, tmp_path: Path) -> None:
    generate(str(tmp_path / "other.db"), orders=20)
    state = ["--state", str(tmp_path / "state.db"), "--project", str(repository / "example_app")]
    done = run.invoke(app, ["check", str(tmp_path / "other.db"), "--name", "shop", *state])
    assert (done.exit_code, done.output) == (0, "Nothing is wrong.\n")
    alone = run.invoke(app, ["check", *state])
    assert alone.exit_code == 1
    assert "There is no data source called 'shop'." in alone.output


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me@127.0.0.1:1/shop", "sources: shop cannot be reached: "),
        ("oracle://me@127.0.0.1/shop", "sources: shop does not answer: The driver for oracle is not installed."),
    ],
)
def test_a_database_that_was_never_reached_is_wrong(project: Path, url: str, told: str) -> None:
    state = ["--state", str(project / "state.db"), "--project", str(project)]
    done = run.invoke(app, ["check", url, "--name", "shop", *state])
    assert (done.exit_code, told in done.output) == (1, True), done.output


def test_nothing_is_overwritten(project: Path) -> None:
    again = run.invoke(app, ["new", str(project)])
    assert again.exit_code != 0
    assert "is not empty" in str(again.exception)


def test_the_example_is_what_new_makes(repository: Path) -> None:
    missing = [place for place, _ in skeleton("Shop") if not (repository / "example_app" / place).is_file()]
    assert missing == []


def test_check_names_everything_that_is_wrong_at_once(project: Path) -> None:
    plugin(project, "sad", "raise RuntimeError('no luck')")
    (project / "dashboards/broken.toml").write_text("title = ")
    (project / "nexus.toml").write_text('[appearance]\ntheme = "nowhere"\n')
    code, said = check(project)
    assert code == 1
    assert "plugins/sad: no luck" in said
    assert "dashboards/broken.toml" in said
    assert "there is no such theme" in said


@pytest.mark.req("S003-KERN-03")
def test_check_names_a_setting_that_is_not_there(project: Path) -> None:
    (project / "nexus.toml").write_text("[server]\nprot = 1\n")
    code, said = check(project)
    assert code == 1
    assert "server.port" in said


def test_check_names_a_dashboard_that_asks_for_a_field_that_is_not_there(project: Path) -> None:
    with sqlite3.connect(project / "shop.db") as connection:
        connection.execute("create table orders (id integer primary key, total numeric(10, 2))")
    (project / "nexus.toml").write_text(f'[sources.shop]\nurl = "{project}/shop.db"\n')
    (project / "dashboards/sales.toml").write_text(
        'title = "Sales"\nsource = "shop"\n[[widgets]]\nwidget = "metric_card"\n'
        '[widgets.options]\nresource = "orders"\nfn = "sum"\nfield = "totel"\n'
    )
    code, said = check(project)
    assert code == 1
    assert "totel" in said
    assert "total" in said


def test_databases_that_would_be_called_alike_get_numbers() -> None:
    urls = ["a/chinook.db", "postgresql://host/chinook", "b/shop.db", "c/chinook.db"]
    assert [name for name, _ in named(urls, None)] == ["chinook", "chinook-2", "shop", "chinook-3"]
    assert [name for name, _ in named(urls, "shop")] == ["shop", "chinook", "shop-2", "chinook-2"]
