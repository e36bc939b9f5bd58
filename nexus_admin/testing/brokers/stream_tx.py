"""What streams must do, fourth part: joining a transaction of our own state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.stream.protocol import Fresh, Stream
from nexus_admin.domain.errors import Conflict, Refused
from nexus_admin.testing.brokers.stream_base import StreamBase, everything, fetched, put, seen, taken, values

Write = Callable[[Callable[[sa.Connection], Any]], Any]
"""`write(work)` runs *work* in a transaction of our state, which commits unless it raises."""


class Undone(Exception):
    """What is raised to have a transaction undone."""


class TransactionContract(StreamBase):
    """Appends and commits that stand or fall with what else is written."""

    @pytest.fixture
    def write(self, stream: Stream) -> Write:
        """Engines that are `transactional` give what writes to the same state."""
        pytest.skip(f"{type(stream).__name__} joins no transactions")

    def test_who_cannot_join_says_so(self, stream: Stream) -> None:
        """By name; nothing is left out."""
        if "transactional" in stream.capabilities:
            pytest.skip("It can.")
        stream.group("s", "g")
        with pytest.raises(Refused, match="transaction"):
            stream.append("s", Fresh("t"), tx=object())
        put(stream, "s", 1)
        with pytest.raises(Refused, match="transaction"):
            stream.commit(fetched(stream, "s", "g"), tx=object())

    def test_an_append_commits_or_vanishes_with_the_rest(self, stream: Stream, write: Write) -> None:
        """It is there for who waits, after the commit and not before."""
        appended = write(lambda tx: stream.append("s", Fresh("t", 1, key="k"), tx=tx))

        def undone(tx: sa.Connection) -> None:
            stream.append("s", Fresh("t", "no", key="k"), tx=tx)
            raise Undone

        with suppress(Undone):
            write(undone)
        seen(stream, "s", appended)
        assert stream.read("s") == appended
        assert [one.version for one in put(stream, "s", 2, key="k")] == [2]

    def test_versions_hold_within_a_transaction(self, stream: Stream, write: Write) -> None:
        """Of what it appended itself, too."""

        def work(tx: sa.Connection) -> list[int | None]:
            one = stream.append("s", Fresh("t", 1, key="k"), expect=0, tx=tx)
            two = stream.append("s", Fresh("t", 2, key="k"), expect=1, tx=tx)
            again = stream.append("s", Fresh("t", 9, id=one[0].id), tx=tx)
            return [event.version for event in one + two + again]

        assert write(work) == [1, 2, 1]
        with pytest.raises(Conflict):
            write(lambda tx: stream.append("s", Fresh("t", key="k"), expect=1, tx=tx))

    @pytest.mark.req("S002-STREAM-10")
    def test_a_commit_counts_if_the_rest_does(self, stream: Stream, write: Write) -> None:
        """Undone, the batch is still ours."""
        put(stream, "s", 1)
        stream.group("s", "g")
        batch = fetched(stream, "s", "g")

        def undone(tx: sa.Connection) -> None:
            assert stream.commit(batch, tx=tx)
            raise Undone

        with suppress(Undone):
            write(undone)
        assert stream.groups("s")[0].behind == 1
        assert write(lambda tx: stream.commit(batch, tx=tx))
        assert stream.groups("s")[0].behind == 0

    def test_a_commit_that_does_not_count_undoes_the_rest(self, stream: Stream, write: Write) -> None:
        """So that no effect of a batch is there that somebody else works on."""
        put(stream, "s", 1)
        stream.group("s", "g")
        batch = fetched(stream, "s", "g")
        stream.seek("s", "g", "begin")

        def work(tx: sa.Connection) -> None:
            stream.append("effects", Fresh("t", "no"), tx=tx)
            stream.commit(batch, tx=tx)

        with pytest.raises(Conflict, match="'g'"):
            write(work)
        assert stream.read("effects") == []

    @pytest.mark.req("S002-STREAM-10")
    def test_an_effect_that_is_written_with_the_commit_is_there_once(self, stream: Stream, write: Write) -> None:
        """However often a batch is worked on by two at once."""
        put(stream, "s", *range(10))
        stream.group("s", "g")
        while first := stream.fetch("s", "g", n=3):
            stream.release(first)
            second = fetched(stream, "s", "g", n=3)
            for batch in (first, second, first):

                def work(tx: sa.Connection, batch: Any = batch) -> None:
                    stream.append("effects", *(Fresh("t", value) for value in taken(batch)), tx=tx)
                    stream.commit(batch, tx=tx)

                with suppress(Conflict):
                    write(work)
        seen(stream, "effects", put(stream, "effects", "end"))
        assert values(everything(stream, "effects")) == [*range(10), "end"]
