"""Rights as files, and tokens, from the command line: what is printed, and how the command ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.cli.conftest import Ran

SYSTEM = Actor.system("test")


class Console:
    """Runs commands on one state."""

    def __init__(self, folder: Path, command: Callable[..., Ran]) -> None:
        self.folder, self.state = folder, str(folder / "nexus.db")
        self._command = command

    def kernel(self, state: str | None = None) -> Kernel:
        return Kernel(Options(state=state or self.state, environ={}, shared=True, connect=False)).start()

    def run(self, *words: str, state: str | None = None) -> tuple[int, str, str]:
        where = ("--state", state or self.state, "--project", str(self.folder))
        code, out, told = self._command(*words, *where)
        assert isinstance(code, int)
        return code, out, told


@pytest.fixture
def console(tmp_path: Path, command: Callable[..., Ran]) -> Console:
    console = Console(tmp_path, command)
    kernel = console.kernel()
    kernel.access.users.create("ana@example.com", password=None, roles=("owner",), by=SYSTEM)
    kernel.access.users.create("leo@example.com", password=None, roles=("viewer",), by=SYSTEM)
    kernel.stop()
    return console


@pytest.mark.parametrize("name", ["access.toml", "access.json"])
def test_what_is_exported_changes_nothing_when_it_is_applied(console: Console, name: str) -> None:
    file = str(console.folder / name)
    code, out, _ = console.run("access", "export", file)
    assert (code, "is in" in out) == (0, True)
    assert console.run("access", "apply", file)[:2] == (0, "Everything is as the file says.\n")


def test_a_dry_run_says_who_gains_and_loses_and_changes_nothing(console: Console) -> None:
    file = console.folder / "access.toml"
    console.run("access", "export", str(file))
    text = file.read_text().replace('"leo@example.com" = ["viewer"]', '"leo@example.com" = ["editor"]')
    file.write_text(text)
    code, out, _ = console.run("access", "apply", str(file), "--dry-run")
    assert code == 0
    assert "leo@example.com was Viewer and becomes Editor." in out
    assert "leo@example.com gains row.update" in out
    assert "Applied" not in out
    code, out, _ = console.run("access", "apply", str(file))
    assert (code, out.endswith("Applied.\n")) == (0, True)
    kernel = console.kernel()
    found = kernel.access.users.by_email("leo@example.com")
    kernel.stop()
    assert found is not None
    assert found.roles == ("editor",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version = 1\n[[roles]\n", "is not TOML"),
        ("version = 1\nrules = []\n", "rules"),
        ('version = 1\n[[roles]]\nname = "owner"\n[[roles.grants]]\naction = "row.lst"\n', "Did you mean 'row.list'"),
        ("version = 1\n", "cannot be left out or edited. Begin with what `nexus access export` writes"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_a_sentence(console: Console, text: str, told: str) -> None:
    file = console.folder / "wrong.toml"
    file.write_text(text)
    code, out, err = console.run("access", "apply", str(file))
    assert (code, out) == (1, "")
    assert told in err
    assert "Traceback" not in err


SAID = ("shp", "totl")
SLIPS = """
[[roles]]
name = "seller"
grants = [
    { source = "shp", action = "row.list" },
    { source = "shop", resource = "ordrs", action = "row.list" },
    { source = "shop", resource = "ordrs", action = "row.read" },
    { source = "shop", resource = "or*", action = "row.read" },
    { source = "nexus", action = "dashboard.view" },
]

[[roles]]
name = "packer"

[[roles.grants]]
source = "shop"
resource = "orders"
action = "row.list"
rows = { field = "countri", op = "eq", value = "FR" }
fields = { totl = "read" }
"""


def test_what_a_file_says_of_nothing_is_named_by_line_and_applied_all_the_same(console: Console) -> None:
    with sqlite3.connect(console.folder / "shop.db") as connection:
        connection.execute("create table orders (id integer primary key, country varchar(2), total integer)")
    (console.folder / "nexus.toml").write_text(f"[sources.shop]\nurl = '{console.folder}/shop.db'\n")
    file = console.folder / "access.toml"
    console.run("access", "export", str(file))
    assert console.run("access", "apply", str(file), "--dry-run")[2] == ""
    head, _, members = file.read_text().partition("[members]")
    file.write_text(f"{head}{SLIPS}\n[members]{members}")
    at = {word: n for n, line in enumerate(file.read_text().splitlines(), 1) for word in SAID if word in line}
    first = next(n for n, line in enumerate(file.read_text().splitlines(), 1) if "ordrs" in line)
    code, out, err = console.run("access", "apply", str(file))
    told = err.splitlines()
    assert (code, out.endswith("Applied.\n")) == (0, True)
    assert told[:2] == [
        f"Line {at['shp']}: There is no source called 'shp' here. Did you mean 'shop'?",
        f"Lines {first} and {first + 1}: There is no table 'ordrs' in shop. Did you mean 'orders'?",
    ]
    assert f"Line {at['totl']}: shop/orders has no field 'totl'. Did you mean 'total'?" in told
    assert any("Did you mean 'country'?" in line for line in told), told
    assert len(told) == 4
    (console.folder / "nexus.toml").unlink()
    told = console.run("access", "apply", str(file), "--dry-run")[2]
    assert "There is no table 'ordrs' in shop." in told, "what was read once is known still"


def test_where_there_is_no_state_none_is_made_by_looking(console: Console) -> None:
    file, nowhere = console.folder / "access.toml", console.folder / "nowhere.db"
    owner = 'name = "owner"\ntitle = "Owner"\ngrants = [{ action = "*" }, { action = "access.*" }]\n'
    reader = 'name = "reader"\ntitle = "Reader"\ngrants = [{ action = "row.read" }]\n'
    file.write_text(f"version = 1\n[[roles]]\n{owner}[[roles]]\n{reader}")
    code, out, err = console.run("access", "export", state=str(nowhere))
    assert (code, out) == (2, "")
    assert f"There is no state at {nowhere}" in err
    code, out, _ = console.run("access", "apply", str(file), "--dry-run", state=str(nowhere))
    assert (code, "Applied." in out) == (0, False)
    assert "is new" in out
    assert not nowhere.exists()


def test_a_file_that_is_not_there_is_named(console: Console) -> None:
    code, _, err = console.run("access", "apply", str(console.folder / "none.toml"))
    assert (code, "none.toml cannot be read" in err) == (1, True)


def test_a_token_is_printed_alone_and_opens_what_its_role_gives(console: Console) -> None:
    code, out, err = console.run("token", "add", "leo@example.com", "--name", "sync", "--role", "viewer")
    assert (code, "shown once" in err) == (0, True)
    kernel = console.kernel()
    actor = kernel.access.actor_of_token(out.strip())
    (past,) = [one for one in kernel.access.tokens.all() if one.name == "sync"]
    kernel.stop()
    assert actor is not None
    assert (actor.email, actor.roles, past.expires_at) == ("leo@example.com", ("viewer",), None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nobody@example.com", "--name", "x"), "nexus user add nobody@example.com"),
        (("leo@example.com", "--name", "x", "--role", "editr"), "does not hold the role 'editr'"),
        (("leo@example.com", "--name", " "), "Say what the token is for."),
        (("leo@example.com", "--name", "x", "--scope", "row.lst"), "Did you mean 'row.list'"),
    ],
)
def test_a_token_that_cannot_be_made_is_refused_with_a_sentence(
    console: Console, words: tuple[str, ...], told: str
) -> None:
    code, out, err = console.run("token", "add", *words)
    assert (code, out) == (1, "")
    assert told in err


def test_rights_that_travel_by_file_decide_alike(console: Console) -> None:
    kernel = console.kernel()
    rule = {"field": "country", "op": "in", "value": ["FR", "Côte d'Ivoire", 'a"b']}
    grants = (
        Grant(source="shop", resource="or*", action="row.*", rows=rule, fields={"total": "masked"}),
        Grant(source="shop", action="row.delete", effect="deny"),
    )
    kernel.access.roles.save(
        Role(name="reader-fr", title="Reader “FR”\n", inherits=("viewer",), grants=grants), by=SYSTEM
    )
    before = kernel.access.roles.book().roles
    kernel.stop()
    console.run("access", "export", str(console.folder / "a.toml"))
    other = str(console.folder / "other.db")
    fresh = console.kernel(other)
    for email in ("ana@example.com", "leo@example.com"):
        fresh.access.users.create(email, password=None, roles=("owner",) if "ana" in email else (), by=SYSTEM)
    fresh.stop()
    assert console.run("access", "apply", str(console.folder / "a.toml"), state=other)[0] == 0
    fresh = console.kernel(other)
    assert fresh.access.roles.book().roles == before
    fresh.stop()
