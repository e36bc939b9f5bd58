"""`nexus check`, the compile step: what it finds nothing wrong with, boots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from nexus_admin.access.rules import rule_problems
from nexus_admin.actions.house.boards import Boards
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError
from nexus_admin.kernel.kernel import Kernel

Look = Callable[[Kernel], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what was looked at, and a sentence that says what to do."""

    part: str
    sentence: str


def findings(kernel: Kernel) -> Iterator[Finding]:
    """Yield what is wrong with a started kernel: settings, extensions, sources, overlays, roles, dashboards, checks.

    A check that raises is itself a finding, so that one never hides another.
    """
    looks: list[tuple[str, Look]] = [
        ("settings", lambda one: one.settings.waiting()),
        ("extensions", _extensions),
        ("sources", _sources),
        ("roles", _roles),
        ("dashboards", _dashboards),
        *((check.name, check.run) for check in kernel.declared.checks),
    ]
    for part, look in looks:
        try:
            yield from (Finding(part, sentence) for sentence in look(kernel))
        except NexusError as error:
            yield Finding(part, str(error))
        except Exception as error:
            yield Finding(part, f"It could not be looked at: {type(error).__name__}: {error}")


def _extensions(kernel: Kernel) -> Iterator[str]:
    for name, status in kernel.hooks.statuses.items():
        if status.state == "failed":
            yield f"{name}: {status.error}"
    theme = kernel.settings["appearance.theme"]
    if theme and theme not in kernel.themes:
        yield f"appearance.theme is {theme!r}, and there is no such theme. There is: {', '.join(kernel.themes)}."


def _sources(kernel: Kernel) -> Iterator[str]:
    for status in kernel.sources.statuses():  # also those that were never read, which have no pages yet
        wrong = status.reason or (status.source.health().detail if status.source is not None else "")
        if wrong:
            yield wrong if wrong.startswith(status.name) else f"{status.name} does not answer: {wrong}"


def _roles(kernel: Kernel) -> list[str]:
    roles = kernel.access.roles.all()
    return [*kernel.access.permissions.problems(roles), *rule_problems(roles, kernel.schema_of)]


def _dashboards(kernel: Kernel) -> Iterator[str]:
    boards = kernel.services.get(Boards)
    declared, wrong = boards.declared()
    yield from wrong
    for name, board in declared.items():
        try:
            yield from (f"{name}: {sentence}" for sentence in boards.problems(board.dashboard))
        except NexusError as error:
            yield f"{name}: {error}"
