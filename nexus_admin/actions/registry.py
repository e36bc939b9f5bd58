"""Every action by name: declared once, asked for by anyone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from nexus_admin.actions.secret_inputs import secret_inputs
from nexus_admin.domain.action import Action
from nexus_admin.domain.errors import ExtensionError, UnknownAction
from nexus_admin.domain.resource import Resource


class Actions:
    """Knows every action. Filled at start-up, read afterwards."""

    def __init__(self, actions: Iterable[Action] = ()) -> None:
        self._by_name: dict[str, Action] = {}
        for action in actions:
            self.add(action)

    def add(self, action: Action) -> None:
        """Declare *action*.

        Raises:
            ExtensionError: the name is taken; the message shows both owners.
        """
        taken = self._by_name.get(action.name)
        if taken:
            raise ExtensionError(
                f"Two actions are called {action.name!r}: one is {taken.owner}'s, one is {action.owner}'s. Rename one."
            )
        self._by_name[action.name] = action

    def remove_of(self, owner: str) -> None:
        """Forget the actions of an extension that was switched off."""
        self._by_name = {name: action for name, action in self._by_name.items() if action.owner != owner}

    def get(self, name: str) -> Action:
        """Return the action called *name*.

        Raises:
            UnknownAction: names the nearest neighbour.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownAction(name, self._by_name) from None

    def secrets_of(self, name: str) -> frozenset[str]:
        """Return the fields of the input of the action called *name* that are secret by their types."""
        found = self._by_name.get(name)
        return secret_inputs(found.input) if found is not None else frozenset()

    def names(self) -> list[str]:
        """Return every name, sorted."""
        return sorted(self._by_name)

    def offered_on(self, resource: Resource) -> list[Action]:
        """Return the actions of extensions that a row of *resource* offers as buttons."""
        return [
            action
            for action in self._by_name.values()
            if action.on == "row" and action.owner != "nexus" and _suits(action, resource)
        ]

    def replace(self, actions: Iterable[Action]) -> None:
        """Take *actions* in the place of all that there were."""
        self._by_name = {action.name: action for action in actions}

    def __iter__(self) -> Iterator[Action]:
        return iter(self._by_name.values())


def _suits(action: Action, resource: Resource) -> bool:
    return fnmatchcase(resource.name, action.resource or "*") and (action.suits is None or action.suits(resource))
