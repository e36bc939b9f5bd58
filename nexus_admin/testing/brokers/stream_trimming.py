"""What streams must do, sixth part: forgetting by size and by place, by force, and saying before what it comes to."""

from __future__ import annotations

from typing import Any

import pytest

from nexus_admin.brokers.stream.protocol import Fresh, Stream
from nexus_admin.brokers.stream.trimming import Need
from nexus_admin.domain.errors import BadRequest
from nexus_admin.testing.brokers.stream_base import StreamBase, fetched, put, seen, taken, values


class TrimmingContract(StreamBase):
    """What becomes of a stream that grows too large."""

    def test_forgetting_goes_by_bytes(self, stream: Stream) -> None:
        """Of the payloads, as the figures count them; together with another limit it means what both allow."""
        seen(stream, "s", stream.append("s", *(Fresh("t", b"x" * 10) for _ in range(10))))
        assert stream.trim("s", keep_bytes=100) == 0
        plan = stream.trim_plan("s", keep_bytes=45)
        assert (plan.events, plan.bytes, plan.needs) == (6, 60, ())
        assert stream.trim("s", keep_bytes=45, keep=9) == 1
        assert stream.trim("s", keep_bytes=45) == 5
        assert [(one.events, one.bytes) for one in stream.figures()] == [(4, 40)]
        assert stream.read("s")[0].position == plan.before
        assert stream.trim("s", keep_bytes=0) == 4
        with pytest.raises(BadRequest):
            stream.trim("s", keep_bytes=-1)

    def test_forgetting_goes_up_to_a_place(self, stream: Stream) -> None:
        """What stands there stays, and what a group needs."""
        events = put(stream, "s", *range(6))
        assert stream.trim("s", before=events[2].position) == 2
        assert values(stream.read("s")) == [2, 3, 4, 5]
        stream.group("s", "g")
        assert stream.trim("s", before=events[5].position) == 0

    def test_a_plan_says_who_needs_what_and_forgets_nothing(self, stream: Stream) -> None:
        """By group: what it has not done with, and what it set aside."""
        events = put(stream, "s", *range(10))
        for group, done in (("all", 10), ("some", 4)):
            stream.group("s", group, lanes=3 if group == "all" else 1)
            while done and (batch := stream.fetch("s", group, n=done)) is not None:
                stream.commit(batch)
                done -= len(batch.events)
        batch = fetched(stream, "s", "some", n=1)
        assert stream.park(batch, events[4], "x")
        plan = stream.trim_plan("s", keep=2)
        assert (plan.events, plan.before, plan.needs) == (4, events[5].position, (Need("some", 3, 1),))
        forced = stream.trim_plan("s", keep=2, force=True)
        assert (forced.events, forced.before, forced.needs) == (8, events[8].position, plan.needs)
        assert len(stream.read("s")) == 10
        assert stream.trim_plan("none", keep=0).events == stream.trim_plan("s", keep=50).events == 0

    def test_force_takes_what_groups_need_and_fences_who_works_on_it(self, stream: Stream) -> None:
        """What is left comes in its order; a batch of what is gone does not count."""
        events = put(stream, "s", *range(8), key="k")
        stream.group("s", "g")
        assert stream.park(fetched(stream, "s", "g", n=1), events[0], "x")
        out = fetched(stream, "s", "g", n=2)
        assert stream.trim("s", keep=3) == 0
        assert stream.trim("s", keep=3, force=True) == 5
        assert values(stream.read("s")) == [5, 6, 7]
        assert stream.parked("s", "g") == []
        assert stream.commit(out) is False
        group = stream.groups("s")[0]
        assert (group.behind, group.parked) == (3, 0)
        rest = fetched(stream, "s", "g")
        assert taken(rest) == [5, 6, 7]
        assert stream.trim("s", before=events[5].position, force=True) == 0
        assert stream.commit(rest), "Who works on what stays is not disturbed."
        assert put(stream, "s", "new", key="k")[0].version == 9

    def test_what_is_no_limit_is_refused(self, stream: Stream) -> None:
        """Force alone says nothing of how much."""
        wrongs: tuple[dict[str, Any], ...] = ({}, {"force": True}, {"keep": -1, "force": True})
        for wrong in wrongs:
            for ask in (stream.trim, stream.trim_plan):
                with pytest.raises(BadRequest):
                    ask("s", **wrong)
