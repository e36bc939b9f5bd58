"""The example's roles are applied by the command that its file names, and give what their descriptions say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

import pytest

from example_app.shop.__main__ import main as make_shop
from nexus_admin.cli.main import main
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, NotFound
from nexus_admin.domain.row import Masked
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options

ROOT = Path(__file__).parent.parent.parent / "example_app"
SYSTEM = Actor.system("test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the state is that the file was applied to."""
    return tmp_path_factory.mktemp("roles")


@pytest.fixture(scope="module")
def told(folder: Path) -> list[str]:
    """What the command said: asked what it would do, told to do it, and once more."""
    state = ["--project", str(ROOT), "--state", str(folder / "state.db")]
    return [_applied([*more, *state]) for more in (["--dry-run"], [], [])]


def _applied(words: list[str]) -> str:
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(StringIO()) as said:
        patched.setattr(sys, "argv", ["nexus", "access", "apply", str(ROOT / "access.toml"), *words])
        with suppress(SystemExit):
            main()
    return said.getvalue()


@pytest.fixture(scope="module")
def kernel(folder: Path, told: list[str]) -> Iterator[Kernel]:
    assert told
    make_shop(["--orders", "300", "--out", str(folder / "shop.db")])
    urls = (("shop", str(folder / "shop.db")),)
    started = Kernel(Options(ROOT, urls, str(folder / "state.db"), allow_writes=True, environ={})).start()
    yield started
    started.stop()


def as_one_with(kernel: Kernel, role: str, action: str, target: Target, **data: object) -> object:
    email = f"{role}@example.com"
    users = kernel.access.users
    user = users.by_email(email) or users.create(email, password=None, roles=(role,), by=SYSTEM)
    actor = kernel.access.actor_of_user(user.id)
    assert actor is not None
    return kernel.perform(Call(action, target, data, actor))


def test_the_command_makes_the_two_roles_and_leaves_the_others_as_they_are(told: list[str]) -> None:
    new = "The role 'Support' is new.\nThe role 'Sales, France' is new.\n"
    assert told == [new, f"{new}Applied.\n", "Everything is as the file says.\n"]


def test_support_changes_many_rows_at_once_and_sees_nothing_of_the_staff(kernel: Kernel) -> None:
    orders, staff = Target("shop", "orders"), Target("shop", "staff")
    chosen: dict[str, object] = {"filter": "status:delivered", "everything": True, "values": {"note": "Seen"}}
    done = as_one_with(kernel, "support", "rows.update", orders, **chosen)
    assert done.rows > 0  # type: ignore[attr-defined]
    for action in ("row.list", "query.run", "rows.export"):
        with pytest.raises((Forbidden, NotFound)):
            as_one_with(kernel, "support", action, staff)


def test_sales_in_france_sees_its_customers_and_no_phone_number(kernel: Kernel) -> None:
    page = as_one_with(kernel, "france", "row.list", Target("shop", "customers"), limit=500).page  # type: ignore[attr-defined]
    assert {row["country"] for row in page.rows} == {"FR"}
    assert all(row["phone"] is None or isinstance(row["phone"], Masked) for row in page.rows)
