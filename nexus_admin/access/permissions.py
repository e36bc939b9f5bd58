"""The names of all actions that a role can give: an unknown one in a role is a mistake, not a wish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nexus_admin.access.builtin import BUILT_IN, EVERYONES_GRANTS
from nexus_admin.access.patterns import fits
from nexus_admin.domain.errors import UnknownAction
from nexus_admin.domain.role import Role

HOUSE_PERMISSIONS = (
    "row.list", "row.read", "row.create", "row.update", "row.delete", "row.history", "row.undo", "row.reveal",
    "rows.count", "rows.update", "rows.delete", "rows.export", "rows.import", "rows.undo",
    "query.run", "query.sql", "query.save", "view.save", "view.delete",
    "dashboard.view", "dashboard.save", "dashboard.delete",
    "access.view", "access.user.save", "access.role.save", "access.apply", "account.change", "resource.reveal",
)  # fmt: skip
"""Known before anybody registers any; the kernel adds every action and page that there is."""


class Permissions:
    """Every name that a role can give, with who declared it."""

    def __init__(self) -> None:
        self._owner_of: dict[str, str] = dict.fromkeys(HOUSE_PERMISSIONS, "nexus")

    def register(self, names: Iterable[str], owner: str = "nexus") -> None:
        """Add *names*, which *owner* (an extension, or `nexus`) declared."""
        for name in names:
            self._owner_of.setdefault(name, owner)

    @property
    def known(self) -> Mapping[str, str]:
        """Owners by name, sorted."""
        return dict(sorted(self._owner_of.items()))

    def meant_by(self, pattern: str) -> tuple[str, ...]:
        """Return the known names that *pattern* stands for."""
        return tuple(name for name in sorted(self._owner_of) if fits(pattern, name))

    def check(self, pattern: str) -> None:
        """Raise where *pattern* stands for nothing that there is.

        Raises:
            UnknownAction: names the nearest neighbour.
        """
        if not self.meant_by(pattern) and pattern not in _PROMISED:
            raise UnknownAction(pattern, self._owner_of)

    def problems(self, roles: Iterable[Role]) -> list[str]:
        """Return a sentence for each grant of *roles* that names an action which is not there (any more)."""
        found = []
        for role in roles:
            for grant in role.grants:
                try:
                    self.check(grant.action)
                except UnknownAction as error:
                    found.append(f"The role {role.name!r} names an unknown action. {error}")
        return found


_PROMISED = {grant.action for role in BUILT_IN for grant in role.grants} | {grant.action for grant in EVERYONES_GRANTS}
