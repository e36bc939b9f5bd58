"""While a project is written: `development/files`, told when its files have changed, so that open pages show it."""

from __future__ import annotations

from collections.abc import Callable

from nexus_admin.actions.live.topics import LiveTopic, LiveTopics, topic_of
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.sdk.providers import Services

DEVELOPMENT, FILES = "development", "files"


def provide(services: Services) -> Callable[[bool], None]:
    """Let pages follow the files; return what tells them, given whether scripts of browsers are among what changed.

    Nobody learns from it which files there are.
    """
    pubsub = services.get(PubSub)  # type: ignore[type-abstract]
    kind = LiveTopic(DEVELOPMENT, lambda actor, names: actor.signed_in and names == (FILES,))
    services.get(LiveTopics).add(kind)

    def tell(scripts: bool) -> None:
        pubsub.publish(topic_of(DEVELOPMENT, FILES), {"scripts": scripts})

    return tell
