"""`topic.*`: who subscribes to what, last values, a tap on what is published, and publishing by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import Field, SecretStr

from nexus_admin.actions.brokers.contents import Shown, names_secret, shown
from nexus_admin.actions.brokers.parts import Asked, acting, looking, pubsub_of, sees_contents
from nexus_admin.actions.brokers.tap import HEARS, OWN, Tap
from nexus_admin.actions.telling import ROWS
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.content import JSON, Content
from nexus_admin.brokers.pubsub import Message, PubSub, PubSubFigures
from nexus_admin.brokers.pubsub.topics import check_pattern, check_topic, matcher
from nexus_admin.brokers.pubsub.trie import TopicTrie
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, Refused

MOST_TOPICS = 300
"""Topics and patterns that one answer lists."""


class TopicsAsked(Asked):
    """Which topics."""

    text: str = Field("", max_length=1000, description="Only those whose name holds it.")


class TapAsked(Asked):
    """Which messages of the tap."""

    pattern: str = Field("#", max_length=1000, description="Only of topics that it matches; `+` and `#` as everywhere.")
    limit: int = Field(50, ge=1, le=200)


class TopicAsked(Asked):
    """Which topic."""

    topic: str = Field(min_length=1, max_length=1000)


class PublishInput(Asked):
    """What to publish."""

    topic: str = Field(min_length=1, max_length=1000)
    payload: SecretStr = Field(SecretStr(""), description="JSON where it is some, else text.")
    retain: bool = Field(False, description="Keep it as the last value of the topic.")
    ttl: float | None = Field(None, gt=0, le=10 * 365 * 86_400, description="Seconds that the last value is kept.")


@dataclass(frozen=True, slots=True)
class TopicSeen:
    """A topic or a pattern.

    Args:
        name: As it was subscribed to or published under.
        subscribers: Subscriptions and listeners of exactly this name, in this process.
        reached: Those that a message to it comes to: its own and those of patterns; None for a pattern.
        rate: Messages a second within the last minute; None where none came since the tap listens.
        retained: Its last value; None where it has none.
    """

    name: str
    subscribers: int = 0
    reached: int | None = None
    rate: float | None = None
    retained: Shown | None = None


@dataclass(frozen=True, slots=True)
class TopicsSeen:
    """What is known of topics.

    Args:
        figures: Of the whole.
        topics: By name; `more` were left out.
        tapped: Seconds that the tap has listened.
    """

    figures: PubSubFigures
    topics: tuple[TopicSeen, ...]
    more: int
    tapped: float


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """A message that came by."""

    number: int
    at: datetime
    topic: str
    shown: Shown


def tree(unit: Unit, data: TopicsAsked) -> TopicsSeen:
    """Return topics and patterns with their subscribers, last values and rates; a tap listens from now on."""
    pubsub, tap = pubsub_of(unit), unit.service(Tap)
    tap.look()
    patterns, figures = dict(pubsub.patterns()), pubsub.figures()
    if tap.listens and patterns.get("#"):  # the tap itself is nobody whom one wants to know of
        patterns.update({one: patterns.get(one, 1) - 1 for one in HEARS})
        figures = replace(figures, subscriptions=figures.subscriptions - 1)
    kept, rates = {**last_values(pubsub), **tap.own_figures()}, tap.rates()
    names = sorted({name for name, count in patterns.items() if count} | set(kept) | set(rates))
    names = [one for one in names if data.text.lower() in one.lower()]
    allowed = sees_contents(unit)
    heard: TopicTrie[tuple[str, int]] = TopicTrie()
    for pattern, count in patterns.items():
        heard.add(pattern, (pattern, count))
    found = tuple(
        TopicSeen(
            name,
            patterns.get(name, 0),
            None if _is_pattern(name) else sum(count for _, count in heard.match(name)),
            rates.get(name),
            _shown(kept[name], name, allowed=allowed) if name in kept else None,
        )
        for name in names[:MOST_TOPICS]
    )
    return TopicsSeen(figures, found, max(0, len(names) - MOST_TOPICS), tap.seconds)


def tap(unit: Unit, data: TapAsked) -> list[MessageSeen]:
    """Return the newest messages that came since somebody began to look, the newest first."""
    pubsub_of(unit)
    tapped, allowed = unit.service(Tap), sees_contents(unit)
    tapped.look()
    return [
        MessageSeen(
            one.number,
            datetime.fromtimestamp(one.at, UTC),
            one.message.topic,
            _shown(one.message.content, one.message.topic, allowed=allowed, size=one.size),
        )
        for one in tapped.newest(matcher(check_pattern(data.pattern)), data.limit)
    ]


def publish(unit: Unit, data: PublishInput) -> int:
    """Publish, and return how many subscriptions and listeners of this process it went to."""
    content = content_typed(data.payload.get_secret_value())
    if data.retain and not content.data:
        raise Invalid({"payload": "A last value is not empty. To take one away, clear it."})
    topic = _not_the_house(data.topic)
    told = pubsub_of(unit).publish(topic, content, retain=data.retain, ttl=data.ttl if data.retain else None)
    told -= unit.service(Tap).listens and not data.topic.startswith("$")
    unit.detail = f"Published {len(content.data):,} bytes to {data.topic}; it went to {told}."
    return told


def clear(unit: Unit, data: TopicAsked) -> int:
    """Take the last value of a topic away. Subscribers are told an empty payload, as publishing does."""
    told = pubsub_of(unit).publish(check_topic(_not_the_house(data.topic)), b"", retain=True)
    unit.detail = f"The last value of {data.topic} was taken away."
    return told


def _not_the_house(topic: str) -> str:
    """Return *topic*, if it is none by which the house tells of rows or figures, or its processes of who is there.

    Raises:
        Refused: it is; what is heard there is believed.
    """
    first, _, more = topic.partition("/")
    if first in (ROWS, OWN) or (first.startswith("$") and not more):
        raise Refused(f"{topic} is the house's own: pages and other processes believe it. Choose another topic.")
    return topic


def content_typed(text: str) -> Content:
    """Return what somebody typed as a content: JSON where it is some, else text."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return Content(text.encode(), "text/plain; charset=utf-8")
    return Content(text.encode(), JSON)


def last_values(pubsub: PubSub) -> Mapping[str, Content]:
    """Return the last value of each topic."""
    with pubsub.subscribe("#", "$SYS/#", buffer=100_000) as subscription:
        return {
            one.topic: one.content for one in subscription.until_quiet(0) if isinstance(one, Message) and one.retained
        }


def _shown(content: Content, topic: str, *, allowed: bool, size: int | None = None) -> Shown:
    figures = topic.partition("/")[0] == OWN  # whoever may see topics may see figures
    told = shown(content, allowed=allowed or figures, secret=names_secret(topic) and not figures)
    cut = size is not None and size > len(content.data)
    return replace(told, size=size or told.size, cut=told.cut or cut)


def _is_pattern(name: str) -> bool:
    return any(level in ("+", "#") for level in name.split("/"))


ACTIONS = (
    looking("topic.tree", TopicsAsked, tree, "Topics"),
    looking("topic.tap", TapAsked, tap, "Tap"),
    acting("topic.publish", PublishInput, publish, "Publish", "send"),
    acting("topic.clear", TopicAsked, clear, "Clear last value", "trash", danger=True),
)
