"""Databases that nobody here wrote: what a scan makes of them is what a good admin would choose."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from nexus_admin.data.guesses.words import snake
from nexus_admin.data.introspect import introspect
from nexus_admin.domain.resource import Resource, Schema
from tests.services import MARIADB, POSTGRES, Server

Loaded = Callable[[str, str], Schema]


@pytest.fixture(scope="module")
def loaded(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """Give the Schema of a sample database by name and engine; loaded once, dropped at the end."""
    known: dict[tuple[str, str], Schema] = {}
    made: list[tuple[Server, str]] = []
    folder, prefix = tmp_path_factory.mktemp("samples"), f"nexus_test_{uuid4().hex[:8]}_"

    def of(name: str, engine: str) -> Schema:
        if (name, engine) not in known:
            url = _load(shared_data, folder, prefix, name, engine)
            if engine != "sqlite":
                made.append((POSTGRES if engine == "postgresql" else MARIADB, prefix + name))
            opened = sa.create_engine(url)
            known[name, engine] = introspect(opened, name)
            opened.dispose()
        return known[name, engine]

    yield of
    for server, database in made:
        engine = sa.create_engine(server.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(server.drop.format(database))


def _load(shared: Path, folder: Path, prefix: str, name: str, engine: str) -> str:
    if engine == "sqlite" and (shared / "sqlite" / f"{name}.sqlite").exists():
        return f"sqlite:///{shutil.copy(shared / 'sqlite' / f'{name}.sqlite', folder)}"
    command = [sys.executable, str(shared / "load.py"), "--dir", str(folder), "--only", name, "--prefix", prefix]
    for option, server, wanted in (("--pg", POSTGRES, "postgresql"), ("--mysql", MARIADB, "mysql")):
        if engine == wanted:
            plain = server.url.set(drivername=wanted).render_as_string(hide_password=False)
            command += [option, plain]
    done = subprocess.run([*command, "--no-duckdb"], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        entry = json.loads(line)
        if entry.get("engine") == engine and "url" in entry:
            return str(entry["url"]).replace("postgresql://", "postgresql+psycopg://")
    pytest.skip(f"{name} could not be loaded into {engine}: {done.stdout}{done.stderr}")


def _as_people_see_it(resource: Resource) -> tuple[object, ...]:
    """Return what should be the same in every engine: names as words, kinds, relations, lists."""

    def told(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(snake(name) for name in names)

    return (
        resource.title,
        told(resource.key),
        told(resource.title_fields),
        told(resource.search_fields),
        told(resource.list_fields),
        resource.tucked,
        [(snake(field.name), field.title, field.kind, field.relation) for field in resource.fields],
        [(one.name, one.title, snake(one.to), one.many, one.inverse) for one in resource.relations],
    )


@pytest.mark.req("S003-PHIL-08")
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_the_same_rows_in_three_engines_are_seen_alike(loaded: Loaded, engine: str) -> None:
    one, other = loaded("chinook", "sqlite"), loaded("chinook", engine)
    seen = {snake(resource.name): _as_people_see_it(resource) for resource in one.resources.values()}
    also = {snake(resource.name): _as_people_see_it(resource) for resource in other.resources.values()}
    assert also == seen


def test_a_music_shop_reads_well(loaded: Loaded) -> None:
    schema = loaded("chinook", "sqlite")
    assert schema.resource("Customer").title_fields == ("FirstName", "LastName")
    assert schema.resource("Employee").relation("manager").inverse == "reports"
    assert schema.resource("Invoice").relation("lines").to == "InvoiceLine"
    assert schema.resource("Playlist").relation("tracks").through is not None
    assert schema.resource("PlaylistTrack").tucked
    assert schema.resource("InvoiceLine").field("UnitPrice").kind == "money"
    assert schema.resource("Track").list_fields[:2] == ("Name", "AlbumId")


def test_trade_with_views_and_blanks_in_names_reads_well(loaded: Loaded) -> None:
    schema = loaded("northwind", "sqlite")
    details = schema.resource("Order Details")
    assert (details.title, details.key) == ("Order details", ("OrderID", "ProductID"))
    assert (details.field("Discount").minimum, details.field("Discount").maximum) == ("0", "1")
    assert schema.resource("Orders").relation("details").to == "Order Details"
    assert schema.resource("Orders").title_fields == ()
    assert schema.resource("Employees").relation("territories").through is not None
    assert schema.resource("Employees").field("Photo").tucked
    views = [one for one in schema.resources.values() if one.type == "view"]
    assert len(views) == 16
    assert all(not one.writable and one.why_read_only for one in views)


def test_a_video_shop_with_partitions_domains_and_arrays_reads_well(loaded: Loaded) -> None:
    schema = loaded("pagila", "postgresql")
    film = schema.resource("film")
    assert film.field("rating").choices == ("G", "PG", "PG-13", "R", "NC-17")
    assert (film.field("release_year").kind, film.field("release_year").minimum) == ("year", "1901")
    assert (film.field("special_features").kind, film.field("special_features").unit) == ("array", "text")
    fulltext = film.field("fulltext")
    assert (fulltext.tucked, fulltext.writable, fulltext.required) == (True, False, False), "a trigger fills it"
    assert {"language", "original_language", "actors", "categories", "inventory"} <= set(film.relations_by_name)
    assert film.relation("original_language").inverse == "original_films"
    assert schema.resource("staff").field("password").secret
    assert schema.resource("payment").relation("customer").to == "customer"
    assert [one.name for one in schema.resources.values() if one.options.get("partition_of") == "payment"]
    assert "payment_p2022_01" not in {one.to for one in schema.resource("customer").relations}


def test_a_big_application_gets_groups_secrets_and_few_doubts(loaded: Loaded) -> None:
    schema = loaded("lago", "postgresql")
    assert schema.resource("invoices").title_fields == ("number",)
    assert schema.resource("invoices").group == "Invoices"
    assert schema.resource("invoices").sort == ("-issuing_date",)
    assert "organization_id" not in schema.resource("invoices").list_fields[:4]
    assert schema.resource("add_ons_taxes").tucked
    assert schema.resource("schema_migrations").tucked
    secrets = {f"{one.name}.{field.name}" for one in schema.resources.values() for field in one.fields if field.secret}
    assert {"api_keys.value", "users.password_digest", "invites.token", "organizations.hmac_key"} <= secrets
    assert all(6 <= len(one.list_fields) <= 8 for one in schema.resources.values() if len(one.fields) > 20)


def test_maps_with_composite_keys_read_well(loaded: Loaded) -> None:
    schema = loaded("openstreetmap", "postgresql")
    assert schema.resource("node_tags").relation("node").pairs == (("node_id", "node_id"), ("version", "version"))
    assert schema.resource("nodes").relation("tags").to == "node_tags"
    assert schema.resource("issues").relation("resolved_by_user").title == "Resolved by"
    assert schema.resource("users").field("pass_crypt").secret
    assert schema.resource("messages").relation("from_user").inverse == "from_messages"
    assert schema.resource("active_storage_blobs").group == "Active storage"


def test_files_without_any_key_are_shown_and_chosen_from(loaded: Loaded) -> None:
    schema = loaded("analytics", "sqlite")
    assert schema.resource("penguins").field("Species").choices == ("Adelie", "Gentoo", "Chinstrap")
    assert schema.resource("penguins").field("Species").open_choices
    assert schema.resource("penguins").key == ("rowid",)
    assert schema.resource("birdstrikes").field("Flight Date").kind == "date"
    assert schema.resource("birdstrikes").title_fields == ()
    assert schema.resource("bechdel_movies").title_fields == ("title",)
