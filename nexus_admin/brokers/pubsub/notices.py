"""How a message goes from process to process: in a notice of PostgreSQL, or in a row that a notice names.

A notice is text of less than 8,000 bytes: a line of JSON that says what it is, and the payload behind it, as it is
where it is text, else as Base64. What does not fit there is in the row, and so is its topic.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub.protocol import Message
from nexus_admin.brokers.pubsub.topics import check_topic
from nexus_admin.domain.dataclass import dataclass

CHANNEL = "nexus_topics"
MOST_BYTES = 7_600
"""Of a topic and a payload that go in a notice; what is said of them takes less than 200 more."""

LAST = 2**63 - 1
"""The last row that there can be; no database can be asked for one behind it."""

_dumps = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Notice:
    """What one process tells the others.

    Args:
        sender: Which process.
        number: Its messages are numbered as they are sent: one that is missing was lost.
        row: Where the message is kept, or was; 0 for nowhere. Of last values, later ones are greater.
        retain: Whether it is a last value.
        ttl: Seconds that it lives as such.
        message: What was published; None where it is in the row.
    """

    sender: str
    number: int
    row: int
    retain: bool
    ttl: float | None
    message: Message | None


def body_of(message: Message) -> str | None:
    """Return topic and payload as they go in a notice; None where they need a row."""
    data = message.content.data
    if len(data) + len(message.topic) > MOST_BYTES:
        return None
    try:
        form, payload = "text", data.decode()
    except UnicodeDecodeError:
        form, payload = "bytes", b64encode(data).decode()
    if "\0" in payload:  # PostgreSQL's text has no such letter
        form, payload = "bytes", b64encode(data).decode()
    body = f"{_dumps([message.topic, message.content.type, form])}\n{payload}"
    return body if len(body.encode()) <= MOST_BYTES else None


def written(notice: Notice, body: str | None) -> str:
    """Return *notice* as it is sent; *body* as `body_of` gives it."""
    head = _dumps([notice.sender, notice.number, notice.row, notice.retain, notice.ttl])
    return head if body is None else f"{head}\n{body}"


def read(said: str) -> Notice:
    """Return what was sent.

    Raises:
        ValueError: it is nothing that `written` gives; whoever may connect to the database may say anything there.
    """
    head, _, body = said.partition("\n")
    try:
        sender, number, row, retain, ttl = json.loads(head)
        known = isinstance(sender, str) and type(number) is type(row) is int and isinstance(retain, bool)
        known = known and 0 <= row <= LAST
        if known and (ttl is None or (type(ttl) in (int, float) and 0 <= ttl <= LAST)):
            return Notice(sender, number, row, retain, ttl, _message(body) if body else None)
    except (RecursionError, TypeError) as error:
        raise ValueError(f"This is no notice: {error}") from error
    raise ValueError("This is no notice.")


def _message(body: str) -> Message:
    head, _, payload = body.partition("\n")
    topic, kind, form = json.loads(head)
    if not isinstance(topic, str) or not isinstance(kind, str):
        raise TypeError("A topic and a media type are texts.")
    data = b64decode(payload, validate=True) if form == "bytes" else payload.encode()
    return Message(check_topic(topic), Content(data, kind))
