"""The rows of publish-subscribe in PostgreSQL: last values, long messages, and the statement that tells of them.

Who keeps last values takes turns, so that the numbers of their rows are in the order of the commits. Those commits do
not wait for the disk: whoever takes its turn would wait for the one before, and a last value is no record.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import field

import sqlalchemy as sa

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub.home import LastValue, Told
from nexus_admin.brokers.pubsub.notices import CHANNEL, Notice, body_of, written
from nexus_admin.brokers.pubsub.protocol import Message
from nexus_admin.domain.dataclass import dataclass

LOCK = 0x6E78_0003
"""The advisory lock that whoever keeps a last value takes its turn by."""
LONG = 30.0
"""Seconds that a long message is kept for those who are to read it."""
SHORT = 5_000
"""Bytes of a topic and a payload up to which they surely went in a notice, whatever they are."""
SWEPT = 50
"""Rows that are over and go with each transaction that makes some."""

_NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1e6 AS bigint)"
_TURN = "SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(%s)"
_NUMBERS = "SELECT nextval('topic_message_id_seq') FROM generate_series(1, %s)"
_OVER = f"DELETE FROM topic_message WHERE id IN (SELECT id FROM topic_message WHERE ends_at <= {_NOW} LIMIT %s)"
_WHERE = "WHERE last AND topic = ANY(CAST(%s AS text[]))"
_LEFT = f"""UPDATE topic_message SET last = false, ends_at = {_NOW} + %s {_WHERE}
AND octet_length(data) + octet_length(topic) > %s"""
_REPLACED = f"DELETE FROM topic_message {_WHERE}"
_INSERT = f"""INSERT INTO topic_message (id, topic, content_type, data, last, ends_at)
SELECT id, topic, content_type, data, last, {_NOW} + lives FROM unnest(CAST(%s AS bigint[]), CAST(%s AS text[]),
  CAST(%s AS text[]), CAST(%b AS bytea[]), CAST(%s AS boolean[]), CAST(%s AS bigint[]))
  AS new (id, topic, content_type, data, last, lives)"""
_SAY = "SELECT pg_notify(%s, said) FROM unnest(CAST(%s AS text[])) AS one (said)"
_ROWS = "SELECT id, topic, content_type, data FROM topic_message WHERE id = ANY(CAST(%s AS bigint[]))"
_LAST = f"""SELECT id, topic, content_type, data, (ends_at - {_NOW}) / 1e6 FROM topic_message
WHERE last AND (ends_at IS NULL OR ends_at > {_NOW})"""


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """A message on its way to the other processes.

    Args:
        message: What was published.
        kept: Of a last value: done with whom it was told at home, when it is kept.
        ttl: Seconds that it lives as such.
        body: As it goes in a notice; None where it needs a row.
    """

    message: Message
    kept: Future[Told] | None = None
    ttl: float | None = None
    body: str | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", body_of(self.message))

    @property
    def empty(self) -> bool:
        """Whether it takes a last value away."""
        return not self.message.content.data

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.message.topic) + len(self.message.content.data)


Numbered = tuple[int, Parcel]


def send(connection: sa.Connection, sender: str, batch: Sequence[Numbered]) -> dict[int, int]:
    """Tell the other processes of all of *batch*, when the transaction is committed.

    Returns:
        The versions of last values, by number.
    """
    stored = [one for one in batch if one[1].kept is not None or one[1].body is None]
    rows = _stored(connection, stored) if stored else {}
    said = [
        written(Notice(sender, number, rows.get(number, 0), parcel.kept is not None, parcel.ttl, None), parcel.body)
        for number, parcel in batch
    ]
    connection.exec_driver_sql(_SAY, (CHANNEL, said))
    return {number: rows[number] for number, parcel in stored if parcel.kept is not None}


def _stored(connection: sa.Connection, stored: Sequence[Numbered]) -> dict[int, int]:
    """Keep last values and long messages; return the numbers of their rows by their own."""
    connection.exec_driver_sql(_TURN, (LOCK,))
    ids = sorted(row[0] for row in connection.exec_driver_sql(_NUMBERS, (len(stored),)))
    rows = {number: id for (number, _), id in zip(stored, ids, strict=True)}
    last = {parcel.message.topic: number for number, parcel in stored if parcel.kept is not None}
    connection.exec_driver_sql(_OVER, (SWEPT,))
    if last:
        connection.exec_driver_sql(_LEFT, (int(LONG * 1e6), list(last), SHORT))
        connection.exec_driver_sql(_REPLACED, (list(last),))
    stays = {number for number, parcel in stored if last.get(parcel.message.topic) == number and not parcel.empty}
    new = [
        _row(rows[number], parcel, last=number in stays)
        for number, parcel in stored
        if parcel.body is None or number in stays
    ]
    if new:
        connection.exec_driver_sql(_INSERT, tuple(map(list, zip(*new, strict=True))))
    return rows


def _row(id: int, parcel: Parcel, *, last: bool) -> tuple[object, ...]:
    content, lives = parcel.message.content, parcel.ttl if last else LONG
    ends = None if lives is None else int(min(lives, 1e9) * 1e6)
    return id, parcel.message.topic, content.type, content.data, last, ends


def wake(connection: sa.Connection) -> None:
    """Say nothing, so that who listens wakes up."""
    connection.exec_driver_sql(_SAY, (CHANNEL, [f"wake {time.monotonic_ns()}"]))


def messages_in(connection: sa.Connection, ids: Sequence[int]) -> dict[int, Message]:
    """Return the messages in the rows *ids*; without those that are over, or replaced."""
    found = connection.exec_driver_sql(_ROWS, (list(ids),))
    return {id: Message(topic, Content(bytes(data), kind)) for id, topic, kind, data in found}


def last_values(connection: sa.Connection) -> tuple[dict[str, LastValue], int]:
    """Return every last value by topic, and the version up to which they are all."""
    connection.exec_driver_sql(_TURN, (LOCK,))  # nobody is about to keep one
    upto = connection.exec_driver_sql(_NUMBERS, (1,)).scalar_one()
    found = connection.exec_driver_sql(_LAST)
    values = {
        topic: LastValue(Content(bytes(data), kind), None if ttl is None else float(ttl), id)
        for id, topic, kind, data, ttl in found
    }
    return values, upto


def sweep(connection: sa.Connection) -> int:
    """Forget what is over; return how many rows that was."""
    return connection.exec_driver_sql(_OVER, (100_000,)).rowcount
