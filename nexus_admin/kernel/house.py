"""What the house itself answers to hooks that only pass something through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nexus_admin.domain.action import Call
from nexus_admin.domain.setting import Setting
from nexus_admin.kernel.house_settings import HOUSE_SETTINGS
from nexus_admin.sdk.markers import hookimpl


@hookimpl
def nexus_settings() -> Sequence[Setting]:
    """The house's own."""
    return HOUSE_SETTINGS


@hookimpl
def nexus_run_action(call: Call, run: Callable[[], Any]) -> Any:  # noqa: ARG001
    """Run it: the innermost step, which every wrapper surrounds."""
    return run()
