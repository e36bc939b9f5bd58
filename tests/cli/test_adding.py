"""`nexus add datasource` tries a database and keeps it; `nexus generate crud` writes how a table is seen."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from nexus_admin.cli.main import app
from nexus_admin.domain.errors import BadRequest, Invalid, Refused, SourceDown, UnknownResource
from tests.kernel.world import kernel_of

TABLES = """
create table users (id integer primary key, "Full name" varchar(80) not null, email varchar(120),
  balance_eur decimal(10, 2));
insert into users values (1, 'Priya Raman', 'priya@example.com', 12.5), (2, 'Ilse van Dijk', 'ilse@example.com', 0);
"""
GOLDEN = """\
# How users is seen. Whatever is left out stays as Nexus found it.
title = "Users"
singular = "User"
names = ["Full name"]
list = ["Full name", "balance_eur", "email", "id"]
search = ["Full name", "email"]

[fields.id]
title = "ID"
kind = "integer"

[fields."Full name"]
title = "Full name"
kind = "text"

[fields.email]
title = "Email"
kind = "email"

[fields.balance_eur]
title = "Balance EUR"
kind = "money"
unit = "EUR"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    return tmp_path


def nexus(project: Path, *words: str, typed: str = "") -> Result:
    where = ["--project", str(project), "--state", str(project / "state.db")]
    return CliRunner().invoke(app, [*words, *where], input=typed)


@pytest.mark.req("S003-START-03")
def test_a_database_is_asked_for_part_by_part_tried_and_kept_with_its_password_sealed(
    project: Path, new_postgres_url: str
) -> None:
    url = sa.make_url(new_postgres_url)
    parts = (url.host, str(url.port or 5432), url.database, url.username, url.password or "hunter-2-hunter")
    said = nexus(project, "add", "datasource", "postgres", "--name", "crm", typed="".join(f"{one}\n" for one in parts))
    assert said.exit_code == 0, said.output + str(said.exception)
    assert "answers: PostgreSQL" in said.output
    assert "It is the data source crm, read-only." in said.output
    assert parts[-1] not in said.output
    assert parts[-1].encode() not in (project / "state.db").read_bytes()
    kernel = kernel_of(project)
    source = kernel.sources.status("crm").source
    assert source is not None
    assert source.read_only
    assert source.health().up
    kernel.stop()


@pytest.mark.req("S003-START-03")
def test_a_file_is_kept_under_the_name_of_its_database(project: Path) -> None:
    said = nexus(project, "add", "datasource", "sqlite", "--url", str(project / "shop.db"))
    assert said.exit_code == 0, said.output + str(said.exception)
    assert "It is the data source shop, read-only." in said.output
    again = nexus(project, "add", "datasource", "sqlite", "--url", str(project / "shop.db"))
    assert isinstance(again.exception, Invalid)


@pytest.mark.req("S003-START-03")
@pytest.mark.parametrize(
    ("kind", "url", "wrong"),
    [
        ("sqlite", "none.db", BadRequest),
        ("postgres", "shop.db", BadRequest),
        ("mysql", "mysql://root@127.0.0.1:9/shop", SourceDown),
    ],
)
def test_what_does_not_answer_is_not_kept(project: Path, kind: str, url: str, wrong: type[Exception]) -> None:
    address = url if "://" in url else str(project / url)
    said = nexus(project, "add", "datasource", kind, "--url", address, "--name", "x")
    assert isinstance(said.exception, wrong)
    kernel = kernel_of(project)
    assert [one.name for one in kernel.sources.statuses()] == []
    kernel.stop()


@pytest.fixture
def named(project: Path) -> Path:
    (project / "nexus.toml").write_text(f'[sources.shop]\nurl = "{project}/shop.db"\n')
    return project


@pytest.mark.req("S003-START-04")
def test_the_file_says_what_is_so_and_changes_nothing_until_somebody_does(named: Path) -> None:
    before = kernel_of(named)
    found = before.sources.get("shop").schema.resource("users")
    before.stop()
    said = nexus(named, "generate", "crud", "users")
    assert said.exit_code == 0, said.output + str(said.exception)
    path = named / "resources/shop/users.toml"
    assert path.read_text() == GOLDEN
    kernel = kernel_of(named)
    assert kernel.sources.get("shop").schema.resource("users") == found
    kernel.stop()
    path.write_text(GOLDEN.replace('title = "Users"', 'title = "Members"').replace('kind = "email"', 'kind = "text"'))
    kernel = kernel_of(named)
    seen = kernel.sources.get("shop").schema.resource("users")
    kernel.stop()
    assert (seen.title, seen.by_name["email"].kind) == ("Members", "text")
    assert dataclasses.replace(seen, title=found.title, fields=found.fields) == found


@pytest.mark.req("S003-START-04")
def test_nothing_is_overwritten_and_a_table_that_is_not_there_is_named(named: Path) -> None:
    nexus(named, "generate", "crud", "users")
    assert isinstance(nexus(named, "generate", "crud", "users").exception, Refused)
    lost = nexus(named, "generate", "crud", "user").exception
    assert isinstance(lost, UnknownResource)
    assert "Did you mean 'users'?" in str(lost)


def test_which_source_is_meant_is_asked_where_there_is_not_one(project: Path) -> None:
    lost = nexus(project, "generate", "crud", "users").exception
    assert isinstance(lost, Refused)
    assert "nexus add datasource" in str(lost)
