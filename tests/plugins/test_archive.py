"""The bundled plugin that archives rows."""

import sqlite3
from pathlib import Path

import pytest

from nexus_admin.domain.errors import Forbidden, Refused
from nexus_admin.domain.target import Target
from nexus_admin.kernel.extensions import bundled_root
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.testing.plugins import PluginContract
from tests.kernel.world import kernel_of, perform

TABLES = """
create table documents (id integer primary key, title varchar(40), archived_at timestamp);
create table products (id integer primary key, title varchar(40), active boolean not null default true);
create table plain (id integer primary key, title varchar(40));
insert into documents (title) values ('Lease');
insert into products (title) values ('Lamp');
insert into plain (title) values ('Rug');
"""


class TestArchive(PluginContract):
    folder = bundled_root() / "plugins/archive"


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    return kernel_of(tmp_path, urls=(("shop", str(tmp_path / "shop.db")),), allow_writes=True)


def offered(kernel: Kernel, table: str) -> set[str]:
    resource = kernel.sources.get("shop").schema.resource(table)
    return {action.name for action in kernel.actions.offered_on(resource) if action.owner == "plugins/archive"}


def test_it_is_offered_where_a_table_keeps_a_mark(kernel: Kernel) -> None:
    both = {"archive.archive", "archive.restore"}
    assert (offered(kernel, "documents"), offered(kernel, "products"), offered(kernel, "plain")) == (both, both, set())


@pytest.mark.parametrize(
    ("table", "field", "before"), [("documents", "archived_at", None), ("products", "active", True)]
)
def test_a_row_is_archived_and_restored(kernel: Kernel, table: str, field: str, before: object) -> None:
    row = Target("shop", table, "1")
    value = lambda: perform(kernel, "row.read", row).row[field]  # type: ignore[attr-defined]  # noqa: E731
    perform(kernel, "archive.archive", row)
    assert value() != before
    with pytest.raises(Refused, match="archived already"):
        perform(kernel, "archive.archive", row)
    perform(kernel, "archive.restore", row)
    assert value() == before
    with pytest.raises(Refused, match="is not archived"):
        perform(kernel, "archive.restore", row)


def test_a_viewer_may_not(kernel: Kernel) -> None:
    from nexus_admin.domain.action import Call
    from nexus_admin.domain.actor import Actor

    user = kernel.access.users.create(
        "vic@example.com", password="a long passphrase 77", roles=("viewer",), by=Actor.system("test")
    )
    actor = kernel.access.actor_of_user(user.id)
    assert actor is not None
    with pytest.raises(Forbidden):
        kernel.perform(Call("archive.archive", Target("shop", "products", "1"), {}, actor))
