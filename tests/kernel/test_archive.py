"""Streams that grow too large: by bytes, by count, said in a file or on a page, archived before, and by force."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from nexus_admin.audit.query import AuditQuery
from nexus_admin.brokers.content import Content
from nexus_admin.brokers.stream import Fresh, MemoryStream, Stream
from nexus_admin.brokers.stream.archive import Archive
from nexus_admin.brokers.stream.retention import Policy, Retention
from nexus_admin.domain.errors import BadRequest, Invalid, Refused, SettingError, StateDown
from nexus_admin.kernel.brokers.retention import policy_of
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.kernel.world import perform

ENGINES = ("sqlite", "postgresql")


class House:
    """A kernel whose stream is of one engine."""

    def __init__(self, kernel: Kernel, stream: Stream) -> None:
        self.kernel, self.stream = kernel, stream
        self.retention = kernel.services.get(Retention)

    def do(self, action: str, **data: Any) -> Any:
        return perform(self.kernel, action, **data)

    def put(self, name: str, *payloads: Any) -> list[Any]:
        events = self.stream.append(name, *(Fresh("t", one, key="k", note={"n": "é"}) for one in payloads))
        last = events[-1].position
        assert self.stream.wait(name, type(last)(last.xid, last.seq - 1), 30)
        return self.stream.read(name)

    def left(self, name: str) -> list[Any]:
        return [one.value for one in self.stream.read(name)]


@pytest.fixture(params=ENGINES)
def house(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    (tmp_path / "nexus.toml").write_text(
        '[streams]\nkeep_bytes = ["big.*=1KB"]\nkeep_events = ["few.*=2"]\narchive = ["*.old"]\n'
    )
    state = str(tmp_path / "state.db")
    if request.param == "postgresql":
        monkeypatch.setenv("NEXUS_SECRET_KEY", "3x-9Qa-one-key-for-all-processes-of-a-house-77")
        state = request.getfixturevalue("new_postgres_url")
    kernel = Kernel(Options(project=tmp_path, state=state, environ={}))
    kernel.start()
    yield House(kernel, kernel.services.get(Stream))  # type: ignore[type-abstract]
    kernel.stop()


@pytest.mark.req("S002-STREAM-11")
def test_a_file_says_how_many_bytes_and_events_are_kept_and_what_is_archived(house: House, tmp_path: Path) -> None:
    house.put("big.one", *(Content(b"x" * 400, "text/plain") for _ in range(5)))
    house.put("few.old", 1, 2, 3, 4)
    house.put("other", 1, 2, 3)
    entries = len(house.kernel.ledger.find(AuditQuery(limit=500)).entries)
    house.kernel.brokers.look()
    assert [len(house.left(name)) for name in ("big.one", "other")] == [2, 3]
    assert house.left("few.old") == [3, 4]
    assert [one.value for one in house.retention.archive.read("few.old")] == [1, 2]
    assert house.retention.archive.files("big.one") == []
    assert [one.path.parent.parent for one in house.retention.archive.files("few.old")] == [tmp_path / "stream-archive"]
    assert len(house.kernel.ledger.find(AuditQuery(limit=500)).entries) == entries, "The ledger is not trimmed by it."


@pytest.mark.req("S002-STREAM-11")
def test_an_archive_has_each_event_once_as_it_was_and_any_reader_of_parquet_reads_it(house: House) -> None:
    events = house.put("Shop.old", {"a": "ö"}, Content(b"\x00\xff", "image/x"), None, "last", 5)
    house.stream.group("Shop.old", "behind")
    batch = house.stream.fetch("Shop.old", "behind", n=3)
    assert batch is not None
    house.stream.park(batch, events[0], "no")
    house.stream.commit(batch)
    assert house.do("stream.trim", stream="Shop.old", keep=0) == 2
    assert house.do("stream.trim", stream="Shop.old", keep=0) == 0
    house.stream.seek("Shop.old", "behind", "end")
    house.stream.unpark("Shop.old", "behind", events[0].position.seq)
    assert house.do("stream.trim", stream="Shop.old", keep=0) == 3
    assert house.retention.archive.read("Shop.old") == events
    assert house.retention.archive.read("Shop.old", after=events[1].position, limit=2) == events[2:4]
    files = [str(one.path) for one in house.retention.archive.files("Shop.old")]
    assert len(files) == 2
    assert all(Path(one).stat().st_mode & 0o077 == 0 for one in files)
    asked = "SELECT decode(data), epoch_us(appended), content_type FROM read_parquet($files) ORDER BY xid, seq LIMIT 1"
    first = duckdb.execute(asked, {"files": files}).fetchone()
    assert first == ('{"a":"ö"}', round(events[0].at.timestamp() * 1e6), "application/json")
    assert not list(Path(files[0]).parent.glob(".part-*"))
    seen = house.do("stream.archived", stream="Shop.old", limit=2)
    assert ([one.event.id for one in seen.events], len(seen.files)) == ([one.id for one in events[:2]], 2)


@pytest.mark.req("S002-STREAM-11")
def test_what_cannot_be_archived_is_not_forgotten(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.put("few.old", 1, 2, 3)
    house.put("few.plain", 1, 2, 3)
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "duckdb", None)
        with pytest.raises(Refused, match=r"nexus-admin\[analytics\]"):
            house.do("stream.trim", stream="few.old", keep=0)
        house.kernel.brokers.look()
    assert (house.left("few.old"), house.left("few.plain")) == ([1, 2, 3], [2, 3])
    house.retention.archive.folder.write_text("a file stands where the folder should be")
    with pytest.raises(Exception, match="none were forgotten"):
        house.do("stream.trim", stream="few.old", keep=0)
    assert house.left("few.old") == [1, 2, 3]


@pytest.mark.req("S002-STREAM-11")
def test_an_operator_says_what_is_kept_after_a_look_and_goes_back(house: House) -> None:
    house.put("few.one", 1, 2, 3, 4, 5)
    house.stream.group("few.one", "slow")
    plan = house.do("stream.keep_preview", stream="few.one", events=4, bytes="3")
    assert (plan.events, [(one.group, one.events) for one in plan.needs]) == (0, [("slow", 2)])
    house.do("stream.keep", stream="few.one", events=4, bytes="3", archive=True)
    house.kernel.brokers.look()
    assert house.left("few.one") == [1, 2, 3, 4, 5], "Never what a group needs."
    house.stream.seek("few.one", "slow", "end")
    house.kernel.brokers.look()
    assert house.left("few.one") == [3, 4, 5]
    assert [one.value for one in house.retention.archive.read("few.one")] == [1, 2]
    house.do("stream.keep", stream="few.one", clear=True)
    house.kernel.brokers.look()
    assert house.left("few.one") == [4, 5], "As the file says."
    house.do("stream.keep", stream="few.one")
    house.put("few.one", 6)
    house.kernel.brokers.look()
    assert house.left("few.one") == [4, 5, 6], "Nothing said there keeps it whole."
    details = [one.detail for one in house.kernel.ledger.find(AuditQuery(actions=("stream.keep",))).entries]
    assert "Kept: few.one=bytes:3+events:4+archive." in details
    with pytest.raises(Invalid):
        house.do("stream.keep", stream="few.one", bytes="much")
    with pytest.raises(BadRequest, match="no name of a stream"):
        house.do("stream.keep", stream="few=one", events=1)


@pytest.mark.req("S002-STREAM-11")
def test_a_trim_by_force_says_before_and_after_who_loses_what(house: House) -> None:
    house.put("s.old", 1, 2, 3)
    house.stream.group("s.old", "slow")
    plan = house.do("stream.trim_preview", stream="s.old", keep=1, force=True)
    assert (plan.events, [(one.group, one.events) for one in plan.needs]) == (2, [("slow", 2)])
    assert house.do("stream.trim", stream="s.old", keep=1) == 0
    assert house.do("stream.trim", stream="s.old", keep=1, before=str(plan.before), force=True) == 2
    assert [one.value for one in house.retention.archive.read("s.old")] == [1, 2]
    detail = house.kernel.ledger.find(AuditQuery(actions=("stream.trim",))).entries[0].detail
    assert detail == "Forgot 2 events of s.old by force. slow lost 2 events and 0 parked."


@pytest.mark.req("S002-STREAM-11")
def test_a_stream_in_memory_is_archived_and_trimmed_by_its_policy(tmp_path: Path) -> None:
    stream, archive = MemoryStream(), Archive(tmp_path)
    retention = Retention(lambda name: Policy(events=2, bytes=1, archive=name == "s"), archive, list)
    stream.append("s", *(Fresh("t", n) for n in range(5)))
    assert retention.plan(stream, "s", retention.policy_of("s")).events == 4
    assert retention.apply(stream, "s") == 4
    assert retention.apply(stream, "s") == retention.apply(stream, "none") == 0
    assert [one.value for one in (*archive.read("s"), *stream.read("s"))] == [0, 1, 2, 3, 4]


def test_positions_that_begin_anew_do_not_hide_what_was_not_archived(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for round_of in range(2):
        stream = MemoryStream()
        events = stream.append("s", *(Fresh("t", (round_of, n)) for n in range(3)))
        assert archive.write(stream, "s", events[-1].position) == 2
        assert archive.write(stream, "s", events[-1].position) == 0
    assert sorted(one.value for one in archive.read("s")) == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert archive._folder("..") != tmp_path.parent
    assert archive._folder("Orders").name != archive._folder("orders").name
    old = archive._folder("s") / ".part-old"
    old.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)
    archive.write(stream, "s", archive.files("s")[0].last.__class__(0, 99))
    assert not old.exists()


def test_a_name_of_any_length_has_a_folder(tmp_path: Path) -> None:
    archive, stream = Archive(tmp_path), MemoryStream()
    names = ["A" * 200, "A" * 199 + "B", "a" * 200]
    for name in names:
        assert archive.files(name) == []
        events = stream.append(name, Fresh("t", name), Fresh("t", 2))
        assert archive.write(stream, name, events[-1].position) == 1
    assert [archive.read(name)[0].value for name in names] == names


@pytest.mark.parametrize("folder", ["a [b]*?{c}", "it's", "ä.d"])
def test_events_are_archived_as_they_are_wherever_the_folder_is(tmp_path: Path, folder: str) -> None:
    archive, stream = Archive(tmp_path / folder), MemoryStream()
    said = [{"a": "\0 \ud7ff 🎉"}, b"\xff\0", '"}\n{', None, 10**30, [[]] * 50]
    events = stream.append(
        "s", *(Fresh("t:x", one, key=f"k\n'{at}é", note={"n": '"\n'}) for at, one in enumerate(said))
    )
    events += stream.append("s", Fresh("t", 1))
    assert archive.write(stream, "s", events[-1].position) == len(said)
    found = archive.read("s")
    assert [(one.key, one.value, one.note) for one in found] == [
        (one.key, one.value, one.note) for one in stream.read("s")[:-1]
    ]


def test_what_says_no_size_is_named() -> None:
    said: dict[str, Any] = {
        f"streams.{one}": [] for one in ("keep_days", "keep_bytes", "keep_events", "archive", "kept")
    }
    wrong = (("keep_bytes", "a=5 parsecs"), ("keep_events", "a=0.5"), ("kept", "a=hours:3"), ("kept", "x"),
             ("keep_bytes", f"a={'9' * 400}TB"), ("kept", "a=days:nan"), ("kept", "a=days:-1"), ("kept", "a=events:-3"),
             ("kept", "a=days:1e300"), ("kept", "a=bytes:0"))  # fmt: skip
    for key, entry in wrong:
        with pytest.raises(SettingError, match=f"streams.{key}"):
            policy_of({**said, f"streams.{key}": [entry]}, "a")
    policy = policy_of({**said, "streams.keep_bytes": ["a=1.5 MB", "b=2GB"], "streams.keep_days": ["*=60"]}, "house")
    assert (policy.days, policy.bytes) == (30, None)


def test_links_that_lead_nowhere_stop_no_archive(tmp_path: Path) -> None:
    archive, stream = Archive(tmp_path / "archive"), MemoryStream()
    events = stream.append("s", *(Fresh("t", n) for n in range(5)))
    assert archive.write(stream, "s", events[2].position) == 2
    folder = archive.files("s")[0].path.parent
    (folder / f"0.1-9.9.{'A' * 26}.parquet").symlink_to(tmp_path / "nowhere")
    (folder / ".part-gone").symlink_to(tmp_path / "nowhere")
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("somebody's")
    os.utime(kept, (0, 0))
    (folder / ".part-other").symlink_to(kept)
    assert archive.write(stream, "s", events[4].position) == 2
    assert [one.value for one in archive.read("s")] == [0, 1, 2, 3]
    assert (kept / "file").read_text() == "somebody's"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of that kind.")
def test_a_full_disk_forgets_nothing_and_is_no_matter_once_there_is_room(tmp_path: Path) -> None:
    import resource

    archive, stream = Archive(tmp_path / "archive"), MemoryStream()
    stream.append("s", *(Fresh("t", Content(os.urandom(5_000), "image/x")) for _ in range(100)))
    retention = Retention(lambda _: Policy(events=2, archive=True), archive, list)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(StateDown, match="none were forgotten"):
            retention.apply(stream, "s")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(stream.read("s")) == 100
    assert not [one for one in archive.folder.rglob("*") if one.is_file()]
    assert retention.apply(stream, "s") == len(archive.read("s")) == 98
