"""Requests that are sent again: the first answer is kept for a day and given again, and nothing is done twice."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, Refused
from nexus_admin.state.engine import State
from nexus_admin.state.tables.repeats import repeat
from nexus_admin.state.vault import SealBroken

KEPT = timedelta(days=1)
"""How long an answer is given again."""
LONGEST = 1_000_000
"""Letters of an answer that are kept; of a longer one only that the request was done."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """Keeps first answers in our own state; what they say is sealed, as it may be what a column holds encrypted.

    Args:
        state: Where.
    """

    state: State

    def begin(self, actor: str, key: str, fingerprint: str, source: str | None = None) -> Mapping[str, Any] | None:
        """Take *key* for a request that is about to be made; of several at once exactly one gets through.

        Args:
            actor: Whose key it is.
            key: What they called the request.
            fingerprint: The same for the same request.
            source: Whose data the answer will hold, where that is known.

        Returns:
            The answer that was given the first time; None where this is the first time.

        Raises:
            Invalid: the key stands for another request.
            Refused: the first request is under way, or nobody knows how it ended.
        """
        now = datetime.now(UTC)
        mine = sa.and_(repeat.c.actor == actor, repeat.c.key == key)

        def work(connection: sa.Connection) -> sa.RowMapping | None:
            connection.execute(repeat.delete().where(repeat.c.at < now - KEPT))
            found = connection.execute(sa.select(repeat).where(mine)).mappings().first()
            if found is None:
                mark = {"actor": actor, "key": key, "fingerprint": fingerprint, "at": now, "source": source}
                connection.execute(repeat.insert().values(mark))
            return found

        try:
            known = self.state.write(work)
        except sa.exc.IntegrityError:  # two servers on one PostgreSQL; the other was quicker
            known = self.state.read(lambda c: c.execute(sa.select(repeat).where(mine)).mappings().first())
        return None if known is None else self._opened(_answer(known, fingerprint), f"repeat:{actor}:{key}")

    def end(self, actor: str, key: str, answer: Mapping[str, Any]) -> None:
        """Keep *answer* (status, headers, body) for whoever asks again."""
        body = str(answer.get("body", ""))
        sealed = self.state.vault.seal(body.encode(), f"repeat:{actor}:{key}") if 0 < len(body) <= LONGEST else b""
        kept = {**answer, "body": base64.b64encode(sealed).decode()}
        self._change(repeat.update().where(repeat.c.actor == actor, repeat.c.key == key).values(answer=kept))

    def forget(self, actor: str, key: str) -> None:
        """Give *key* free: its request was refused, and nothing was done."""
        self._change(repeat.delete().where(repeat.c.actor == actor, repeat.c.key == key))

    def _opened(self, answer: Mapping[str, Any], place: str) -> Mapping[str, Any]:
        try:
            body = answer["body"] and self.state.vault.unseal(base64.b64decode(answer["body"]), place).decode()
        except (SealBroken, ValueError):  # its key is gone; that the request was done stays known
            body = ""
        return {**answer, "body": body}

    def _change(self, statement: sa.Update | sa.Delete) -> None:
        def work(connection: sa.Connection) -> None:
            connection.execute(statement)

        self.state.write(work)


def _answer(known: sa.RowMapping, fingerprint: str) -> Mapping[str, Any]:
    if known["fingerprint"] != fingerprint:
        raise Invalid({}, "This Idempotency-Key was used for another request. Take a new one for a new request.")
    if known["answer"] is None:
        raise Refused(
            "The first request with this Idempotency-Key is still under way, or it is not known how it ended. "
            "Wait a moment and send it again; if this stays, look in the audit what was done."
        )
    answer: Mapping[str, Any] = known["answer"]
    return answer
