"""Whether a call may be made, and whether its input fits: the two steps before anything is done."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from nexus_admin.access import Access
from nexus_admin.access.book import SOME
from nexus_admin.actions.misfits import misfit
from nexus_admin.actions.refusals import plainly
from nexus_admin.actions.registry import Actions
from nexus_admin.actions.rows.describing import knows
from nexus_admin.actions.sources.known import Sources
from nexus_admin.domain.action import Action, Call
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import Forbidden, Invalid, NexusError, NotFound, SignInNeeded, UnknownResource
from nexus_admin.domain.resource import Resource

HOUSE = "nexus"
"""The source name of the house's own things."""


class Admission:
    """Lets calls in, or says why not."""

    def __init__(self, actions: Actions, access: Access, sources: Sources) -> None:
        self._actions, self._access, self._sources = actions, access, sources

    def admit(self, action: Action, call: Call) -> tuple[Decision, BaseModel]:
        """Authorize, then validate. Raises as `Dispatcher.perform` does."""
        resource = self._resource(call)
        about = SOME if action.named else resource
        decision = self._access.decide(call.actor, action.needs, call.target.source, about)
        if not decision.allowed:
            raise self._refusal(call, resource, decision)
        if isinstance(call.data, BaseModel):
            return decision, call.data
        try:
            return decision, action.input.model_validate(dict(call.data))
        except ValidationError as error:
            raise invalid(error) from None

    def _resource(self, call: Call) -> Resource | None:
        target = call.target
        if target.source == HOUSE or target.resource is None:
            return None
        return self._sources.get(target.source).schema.resource(target.resource)

    def _refusal(self, call: Call, resource: Resource | None, decision: Decision) -> NexusError:
        """Return the no. A row or table that is not there and one that is not allowed answer alike.

        The ledger is told why all the same: what was meant is the cause of what is said.
        """
        if not call.actor.signed_in:
            return SignInNeeded("Sign in to go on.")
        target = call.target
        why = f"{call.actor.name or call.actor.id} may not {call.action} on {target}: {decision.reason}"
        no = Forbidden(why, plainly(self._actions.get(call.action), resource, decision))
        told: NexusError = no
        if resource is not None and not knows(self._access, call.actor, resource):
            told = UnknownResource(resource.name, target.source, ())
        elif target.key and not self._access.decide(call.actor, "row.read", target.source, resource).allowed:
            told = NotFound(f"There is nothing at {target}.")
        if told is not no:
            told.__cause__ = no
        return told


def invalid(error: ValidationError) -> Invalid:
    """Turn pydantic's error into ours: one sentence a field."""
    fields = {".".join(str(part) for part in one["loc"]): misfit(one) for one in error.errors(include_url=False)}
    return Invalid(fields)
