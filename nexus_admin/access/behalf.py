"""On whose behalf unattended work runs: whoever asked for it then, with the rights that they have now."""

from __future__ import annotations

from nexus_admin.access.room import Access
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, NexusError


def on_behalf(access: Access, actor: str, name: str = "") -> Actor:
    """Return the actor with that id as they are now.

    Args:
        access: Who there is.
        actor: `user:<id>`, `token:<id>` or `system:<reason>`, as it was noted.
        name: What they were called, for the sentence.

    Raises:
        Forbidden: they are gone, shut out, or their token is dead.
    """
    kind, _, key = actor.partition(":")
    found: Actor | None = None
    try:
        match kind:
            case "user":
                found = access.actor_of_user(key)
            case "token":
                found = access.tokens.acting(key)
            case "system":
                found = Actor.system(key)
    except NexusError:
        found = None
    if found is None:
        who = name or actor or "Nobody"
        raise Forbidden(f"This was asked for by {who}, who may not come in any more. Somebody else has to ask for it.")
    return found
