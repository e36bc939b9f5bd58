"""Policies of extensions: each may narrow what the roles give. One that raises denies, whatever it meant."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from nexus_admin.access.algebra import narrowed
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision, denied
from nexus_admin.domain.resource import Resource
from nexus_admin.sdk.declarations import Policy

_log = logging.getLogger(__name__)


class Policies:
    """Callables that are asked, in order, after the roles have said yes.

    Attributes:
        stamp: Rises when others are asked: what was decided before counts no more.
    """

    def __init__(self) -> None:
        self._all: tuple[tuple[str, Policy], ...] = ()
        self.stamp = 0

    def __bool__(self) -> bool:
        return bool(self._all)

    def replace(self, policies: Iterable[tuple[str, Policy]]) -> None:
        """Ask exactly these from now on: pairs of (extension, policy)."""
        self._all = tuple(policies)
        self.stamp += 1

    def narrow(self, decision: Decision, actor: Actor, action: str, source: str, resource: Resource | None) -> Decision:
        """Return *decision* as far as every policy lets it stand."""
        for owner, policy in self._all:
            try:
                answer = policy(actor, action, source, resource)
                if answer is None:
                    continue
                if not answer.allowed:
                    return denied(answer.reason or f"A policy of {owner} does not allow it.")
                decision = narrowed(decision, answer)
            except (Exception, SystemExit):
                _log.exception("A policy of %s failed while it decided %s on %s.", owner, action, source)
                return denied(f"A policy of {owner} failed, so nothing is allowed where it decides. The log says why.")
        return decision
