"""The example: its plugin, widget, theme, roles and dashboards work on its shop."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from example_app.shop.__main__ import main as make_shop
from example_app.widgets.steps import nexus_widgets
from nexus_admin.access.rules import rule_problems
from nexus_admin.access.text import parse_file
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.target import Target
from nexus_admin.kernel.checking import findings
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.testing.plugins import PluginContract
from nexus_admin.testing.themes import ThemeContract
from nexus_admin.testing.widgets import WidgetContract
from tests.kernel.world import perform

ROOT = Path(__file__).parent.parent.parent / "example_app"


class TestRefunds(PluginContract):
    folder = ROOT / "plugins/refunds"


class TestSteps(WidgetContract):
    folder = ROOT / "widgets/steps"
    widget = nexus_widgets()[0]
    options: ClassVar = {"resource": "orders", "by": "status", "steps": ["open", "paid"]}


class TestJuniper(ThemeContract):
    folder = ROOT / "themes/juniper"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("example")
    make_shop(["--orders", "500", "--out", str(folder / "shop.db")])
    options = Options(
        project=ROOT, urls=(("shop", str(folder / "shop.db")),), state=str(folder / "state.db"), allow_writes=True,
        environ={},
    )  # fmt: skip
    started = Kernel(options).start()
    yield started
    started.stop()


def test_nothing_is_wrong_with_it(kernel: Kernel) -> None:
    assert list(findings(kernel)) == []


def test_its_roles_are_understood(kernel: Kernel) -> None:
    file = parse_file((ROOT / "access.toml").read_text(), name="access.toml")
    assert {"support", "france"} < {role.name for role in file.roles}
    assert kernel.access.permissions.problems(file.roles) == []
    assert rule_problems(file.roles, kernel.schema_of) == []


def payment(kernel: Kernel, status: str) -> Target:
    listing = perform(kernel, "row.list", Target("shop", "payments"), filter=f"status:{status}", limit=1)
    return Target("shop", "payments", listing.page.keys[0])  # type: ignore[attr-defined]


def test_a_refund_changes_payment_and_order_and_is_undone_as_one(kernel: Kernel) -> None:
    target = payment(kernel, "captured")
    before = perform(kernel, "row.read", target).row  # type: ignore[attr-defined]
    order = Target("shop", "orders", str(before["order_id"]))
    was = perform(kernel, "row.read", order).row  # type: ignore[attr-defined]
    perform(kernel, "refunds.issue", target, reason="It arrived broken")
    after = perform(kernel, "row.read", order).row  # type: ignore[attr-defined]
    assert after["status"] == "returned"
    assert "It arrived broken" in after["note"]
    assert perform(kernel, "row.read", target).row["status"] == "refunded"  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="Only a captured payment"):
        perform(kernel, "refunds.issue", target, reason="Once more")
    entry = next(iter(kernel.ledger.history("shop", "payments", target.key or ""))).entry
    perform(kernel, "change.undo", Target("shop"), entry=entry.id)
    assert perform(kernel, "row.read", target).row["status"] == "captured"  # type: ignore[attr-defined]
    assert dict(perform(kernel, "row.read", order).row) == dict(was)  # type: ignore[attr-defined]
