"""What streams must do, first part: appending, reading, expecting a version, and waiting."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.stream.protocol import BEGIN, Fresh, Position, Stream
from nexus_admin.domain.errors import BadRequest, Conflict, Invalid, Refused, TooLarge
from nexus_admin.domain.ids import new_ulid
from nexus_admin.testing.brokers.stream_base import PATIENCE, StreamBase, everything, put, seen, values

NO_NAMES = ["", "a b", "a/b", "ä", "a" * 201, "a\n"]


class LogContract(StreamBase):
    """Appending and reading."""

    @pytest.mark.parametrize(
        "payload",
        [b"", b"\x00\xff" * 500, "", "é\u2028\0", None, 0, -1.5, True, [], {}, {"a": [1, {"b": None}]}, 2**60],
    )
    def test_what_is_put_in_comes_out(self, stream: Stream, payload: Any) -> None:
        """Bytes as bytes, all else as JSON."""
        put(stream, "s", payload)
        found = stream.read("s")[0].value
        assert found == payload
        assert type(found) is type(payload)

    def test_an_event_has_all_that_it_was_given(self, stream: Stream) -> None:
        """And what the stream added: id, position, moment, version; the same to who appends and who reads."""
        note = {"actor": "u1", "trace": ["a", {"b": 1}], "zero": "\0"}
        picture = Content(b"\x89PNG", "image/png")
        before = datetime.now(UTC)
        appended = seen(stream, "s", stream.append("s", Fresh("a.b", picture, key="k", note=note), Fresh("c")))
        assert stream.read("s") == appended
        one, other = appended
        assert (one.type, one.key, one.note, one.content, one.version) == ("a.b", "k", note, picture, 1)
        assert (other.type, other.key, dict(other.note), other.value, other.version) == ("c", None, {}, None, None)
        assert BEGIN < one.position < other.position
        assert one.stream == "s"
        assert len(one.id) == 26
        assert one.at.tzinfo is not None
        assert abs(one.at - before) < timedelta(days=3650)

    def test_positions_are_texts_too(self, stream: Stream) -> None:
        """And back."""
        for one in put(stream, "s", 1, 2):
            assert Position.parse(str(one.position)) == one.position
        assert Position.parse("7") == Position(0, 7)
        for text in ("", "x", "1.", "-1.2", "1.-2", "1.2.3"):
            with pytest.raises(BadRequest, match="position"):
                Position.parse(text)

    def test_it_is_read_from_anywhere_in_both_directions(self, stream: Stream) -> None:
        """By pages of any size, each event once and in one order."""
        put(stream, "other", "x")
        events = put(stream, "s", *range(10)) + put(stream, "s", *range(10, 15))
        put(stream, "other", "y")
        assert stream.read("s") == events
        assert everything(stream, "s") == events
        assert stream.read("s", limit=3) == events[:3]
        assert stream.read("s", after=events[4].position, limit=2) == events[5:7]
        assert stream.read("s", after=events[-1].position) == []
        assert stream.read("s", backwards=True, limit=4) == events[:-5:-1]
        assert stream.read("s", after=events[2].position, backwards=True) == [events[1], events[0]]
        assert stream.read("s", after=events[0].position, backwards=True) == []
        assert stream.read("nobody") == []

    def test_all_of_it_is_given_one_by_one(self, stream: Stream) -> None:
        """What is appended meanwhile too, and what was read so far can be gone on from."""
        events = put(stream, "s", *range(2_100))
        given = stream.replay("s")
        assert next(given) == events[0]
        events += put(stream, "s", "late")
        assert list(given) == events[1:]
        assert list(stream.replay("s", after=events[2_098].position)) == events[2_099:]
        other = seen(stream, "s", stream.append("s", Fresh("other.done", 1, key="k")))
        assert list(stream.replay("s", types=["other.*"])) == list(stream.replay("s", key="k")) == other
        assert list(stream.replay("nobody")) == []

    def test_types_and_keys_narrow(self, stream: Stream) -> None:
        """A type that ends with `.*` means all that begin so; nothing else in it is a pattern."""
        fresh = [
            Fresh("order.paid", 0, key="a"), Fresh("order.sent", 1, key="b"), Fresh("orders", 2, key="a"),
            Fresh("order_.paid", 3), Fresh("order", 4), Fresh("ORDER.paid", 5, key="A"), Fresh("order.x.y", 6, key="a"),
        ]  # fmt: skip
        seen(stream, "s", stream.append("s", *fresh))
        for types, found in (
            (["order.*"], [0, 1, 6]), (["order.paid"], [0]), (["order_.*", "orders"], [2, 3]), (["order.x.*"], [6]),
            (["none"], []), (["order%"], []), ([], list(range(7))),
        ):  # fmt: skip
            assert values(stream.read("s", types=types)) == found
        assert values(stream.read("s", key="a")) == [0, 2, 6]
        assert values(stream.read("s", key="a", types=["order.*"], backwards=True)) == [6, 0]
        assert values(stream.read("s", key="A")) == [5]
        assert values(stream.read("s", key="z")) == []


class VersionContract(StreamBase):
    """Versions, ids, and what cannot be appended."""

    def test_versions_count_the_events_of_a_key(self, stream: Stream) -> None:
        """In each stream for itself, within one append too."""
        put(stream, "s", 1, 2, key="a")
        put(stream, "s", 1, key="b")
        assert [one.version for one in put(stream, "s", 3, 4, key="a")] == [3, 4]
        assert [one.version for one in put(stream, "t", 1, key="a")] == [1]

    def test_a_version_that_is_expected_must_be_there(self, stream: Stream) -> None:
        """Else nothing is appended, and it is said which there is."""
        assert [one.version for one in stream.append("s", Fresh("t", 1, key="a"), expect=0)] == [1]
        assert [
            one.version for one in stream.append("s", Fresh("t", 2, key="a"), Fresh("t", 3, key="a"), expect=1)
        ] == [2, 3]
        for expect in (0, 1, 2, 4):
            with pytest.raises(Conflict, match="version 3") as refused:
                stream.append("s", Fresh("t", 9, key="a"), expect=expect)
            assert refused.value.fields["version"]["theirs"] == 3
        last = stream.append("s", Fresh("t", 4, key="a"), expect=3)
        seen(stream, "s", last)
        assert values(stream.read("s")) == [1, 2, 3, 4]

    def test_of_many_who_expect_the_same_one_wins(self, stream: Stream) -> None:
        """And whoever reads and tries again comes through: no count is lost."""

        def count(_: int) -> int:
            tries = 0
            while True:
                tries += 1
                found = stream.read("s", key="counter", backwards=True, limit=1)
                version = found[0].version or 0 if found else 0
                number = found[0].value if found else 0
                try:
                    seen(stream, "s", stream.append("s", Fresh("counted", number + 1, key="counter"), expect=version))
                    return tries
                except Conflict:
                    continue

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(count, range(30))) >= 30
        assert values(stream.read("s")) == list(range(1, 31))

    def test_an_id_is_appended_once(self, stream: Stream) -> None:
        """Again, it answers with what is there, though another version was expected; in another stream it is new."""
        one, two = new_ulid(), new_ulid()
        first = stream.append("s", Fresh("t", 1, key="k", id=one), expect=0)
        assert stream.append("s", Fresh("t", 9, key="k", id=one), expect=0) == first
        assert stream.append("s", Fresh("t", 9, key="k", id=one.lower())) == first
        both = stream.append("s", Fresh("t", 9, id=one), Fresh("t", 2, key="k", id=two), Fresh("t", 8, id=two))
        assert [one.value for one in both] == [1, 2, 2]
        assert both[0] == first[0]
        assert [event.version for event in both] == [1, 2, 2]
        other = stream.append("else", Fresh("t", 3, id=one))
        assert values(other) == [3]
        seen(stream, "s", both)
        assert values(stream.read("s")) == [1, 2]

    def test_many_who_append_the_same_id_append_it_once(self, stream: Stream) -> None:
        """All are told the same event."""
        ids = [new_ulid() for _ in range(10)]
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda n: stream.append("s", Fresh("t", n, id=ids[n % 10]))[0], range(80)))
        seen(stream, "s", told)
        found = {one.id: one for one in stream.read("s")}
        assert set(found) == set(ids)
        assert all(found[one.id] == one for one in told)

    def test_an_append_is_all_or_none(self, stream: Stream) -> None:
        """What is wrong with one of them is wrong with all."""
        for wrong, error in (
            (Fresh("no type"), BadRequest), (Fresh(""), BadRequest), (Fresh("t", object()), Invalid),
            (Fresh("t", float("nan")), Invalid), (Fresh("t", b"x" * (2**20 + 1)), TooLarge),
            (Fresh("t", key=""), BadRequest), (Fresh("t", key="a\0"), BadRequest),
            (Fresh("t", key="k" * 1025), BadRequest), (Fresh("t", key="\ud800"), BadRequest),
            (Fresh("t", id="x"), BadRequest), (Fresh("t", note={"a": {1}}), Invalid),
            (Fresh("t", note={"a": "x" * 20_000}), TooLarge), (Fresh("t", Content(b"", "a\nb")), BadRequest),
        ):  # fmt: skip
            with pytest.raises(error):
                stream.append("s", Fresh("t", 1), wrong)
        put(stream, "s", "end")
        assert values(stream.read("s")) == ["end"]

    def test_what_cannot_be_asked_is_refused(self, stream: Stream) -> None:
        """With a sentence, and nothing is done."""
        fresh = Fresh("t", 1, key="k")
        for name in NO_NAMES:
            with pytest.raises(BadRequest, match="name"):
                stream.append(name, fresh)
            with pytest.raises(BadRequest, match="name"):
                stream.read(name)
        for wrong in (
            lambda: stream.append("s"),
            lambda: stream.append("s", fresh, expect=-1),
            lambda: stream.append("s", Fresh("t", 1), expect=0),
            lambda: stream.append("s", fresh, Fresh("t", 1, key="l"), expect=0),
            lambda: stream.read("s", limit=0),
            lambda: stream.read("s", limit=10_001),
            lambda: stream.wait("s", BEGIN, -1),
            lambda: stream.wait("s", BEGIN, float("inf")),
        ):
            with pytest.raises(BadRequest):
                wrong()
        assert stream.read("s") == []

    def test_a_large_payload_and_a_large_append_come_whole(self, stream: Stream) -> None:
        """A megabyte; a thousand events."""
        blob = bytes(range(256)) * 4096
        put(stream, "s", blob)
        assert stream.read("s")[0].value == blob
        put(stream, "t", *range(1000))
        assert values(stream.read("t", limit=1000)) == list(range(1000))


class FollowContract(StreamBase):
    """Reading while others append, waiting, and the end."""

    @pytest.mark.req("S002-STREAM-02")
    def test_readers_amid_writers_miss_nothing_and_see_one_order(self, stream: Stream) -> None:
        """Eight who append while two read from where they were: every event once, each key in its order."""
        writers, each = 8, 40

        def write(writer: int) -> None:
            for number in range(each):
                stream.append("s", Fresh("t", [writer, number], key=f"k{writer}"), Fresh("t", [writer, number]))

        def follow() -> list[Any]:
            found: list[Any] = []
            deadline = time.monotonic() + 4 * PATIENCE
            while len(found) < 2 * writers * each and time.monotonic() < deadline:
                after = found[-1].position if found else BEGIN
                if stream.wait("s", after, 1.0):
                    found += stream.read("s", after=after, limit=50)
            return found

        with ThreadPoolExecutor(writers + 2) as pool:
            readers = [pool.submit(follow) for _ in range(2)]
            list(pool.map(write, range(writers)))
            one, other = (reader.result() for reader in readers)
        assert one == other == stream.read("s", limit=10_000)
        assert len({event.id for event in one}) == 2 * writers * each
        for writer in range(writers):
            own = [event for event in one if event.key == f"k{writer}"]
            assert [event.value[1] for event in own] == list(range(each))
            assert [event.version for event in own] == list(range(1, each + 1))

    @pytest.mark.req("S002-STREAM-02")
    def test_many_who_append_to_one_key_keep_its_order(self, stream: Stream) -> None:
        """Versions are the order in which it is read, without a hole."""
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda n: stream.append("s", Fresh("t", n, key="k"))[0], range(200)))
        seen(stream, "s", told)
        found = stream.read("s")
        assert [one.version for one in found] == list(range(1, 201))
        assert sorted(told, key=lambda one: one.position) == found

    def test_waiting_ends_with_an_event_or_with_time(self, stream: Stream) -> None:
        """In the stream that was meant, after the position that was meant."""
        assert not stream.wait("s", BEGIN, 0)
        one = put(stream, "s", 1)[0]
        assert stream.wait("s", BEGIN, 0)
        assert not stream.wait("s", one.position, 0.05)
        timer = threading.Timer(0.05, stream.append, ("s", Fresh("t", 2)))
        timer.start()
        assert stream.wait("s", one.position, PATIENCE)
        timer.join()
        assert values(stream.read("s", after=one.position)) == [2]

    def test_the_end_wakes_who_waits_and_refuses_the_rest(self, stream: Stream) -> None:
        """Twice is once."""
        stream.group("s", "g")
        with ThreadPoolExecutor(2) as pool:
            waiting = pool.submit(stream.wait, "s", BEGIN, PATIENCE)
            fetching = pool.submit(stream.fetch, "s", "g", wait=PATIENCE)
            time.sleep(0.05)
            stream.close()
            stream.close()
            for one in (waiting, fetching):
                with suppress(Refused):  # where it came too late to wait
                    assert not one.result(PATIENCE / 2)
        for call in (
            lambda: stream.append("s", Fresh("t")),
            lambda: stream.read("s"),
            lambda: stream.wait("s", BEGIN, 1),
            lambda: stream.fetch("s", "g"),
            lambda: stream.figures(),
        ):
            with pytest.raises(Refused, match="closed"):
                call()
