"""An outbox in a data source: made, used, looked at, lost and removed; what it proves after a crash."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.actions import dispatcher
from nexus_admin.audit.outbox import HOUSE
from nexus_admin.audit.query import AuditQuery as Query
from nexus_admin.data.drivers.outbox import TABLE
from nexus_admin.domain.errors import Forbidden, NotFound, ReadOnly, Refused, SourceFailed
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.test_relaying import happened, stream_of
from tests.kernel.test_settling import TABLE as NOTES
from tests.kernel.world import kernel_of, perform, plugin
from tests.waiting import until

SOURCE = Target("nexus", "sources", "data")
ROWS = Target("data", "notes")
ROW = Target("data", "notes", "1")


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/data.db"
    else:
        url = request.getfixturevalue(f"new_{request.param}_url")
    run(url, NOTES)
    return url


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/data.db"
    run(url, NOTES)
    return url


def run(url: str, *statements: str) -> list[Any]:
    """Do something in a database past Nexus; return the rows of the last statement that has some."""
    engine, found = sa.create_engine(url, poolclass=sa.NullPool), []
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(sa.text(statement))
            found = list(result) if result.returns_rows else found
    return found


@contextmanager
def started(folder: Path, url: str, **more: Any) -> Iterator[Kernel]:
    kernel = kernel_of(folder, **{"urls": (("data", url),), "allow_writes": True, **more})
    try:
        yield kernel
    finally:
        kernel.stop()


def status(kernel: Kernel) -> Any:
    return perform(kernel, "outbox.status", SOURCE)


def told(kernel: Kernel) -> list[str]:
    return [one.type for one in happened(kernel) if not one.type.startswith("source.")]


@pytest.mark.req("S004-BUS-06")
def test_events_come_by_way_of_the_database_that_was_changed(any_url: str, tmp_path: Path) -> None:
    with started(tmp_path, any_url) as kernel:
        assert (status(kernel).level, status(kernel).possible) == ("C", True)
        perform(kernel, "outbox.install", SOURCE)
        assert status(kernel).level == "B"
        kernel.crew.outboxes.stop()
        perform(kernel, "row.create", ROWS, values={"id": 1, "text": "a"})
        perform(kernel, "row.update", ROW, values={"text": "b"})
        kernel.state.flush()
        assert (told(kernel), status(kernel).waiting) == ([], 2)
        kernel.crew.outboxes.round()
        assert (told(kernel), status(kernel).waiting) == (["row.created", "row.updated"], 0)
        events = [one for one in happened(kernel) if one.type == "row.updated"]
        assert kernel.ledger.get(events[0].note["entry"]).action == "row.update"
        perform(kernel, "row.update", ROW, values={"text": "c"})
        assert perform(kernel, "outbox.remove", SOURCE) == 1
        assert told(kernel)[2:] == ["row.updated"]
        with pytest.raises(sa.exc.DBAPIError):
            run(any_url, f"select 1 from {TABLE}")
        perform(kernel, "row.update", ROW, values={"text": "d"})
        assert told(kernel)[3:] == ["row.updated"]
        actions = [one.action for one in kernel.ledger.find(Query(actions=("outbox.*",))).entries]
        assert actions == ["outbox.remove", "outbox.install"]


def test_it_is_nobodys_table(any_url: str, tmp_path: Path) -> None:
    with started(tmp_path, any_url) as kernel:
        perform(kernel, "outbox.install", SOURCE)
    with started(tmp_path / "again", any_url) as kernel:  # which reads the structure for the first time
        assert set(kernel.sources.get("data").schema.resources) == {"notes"}
        with pytest.raises(Refused, match="--adopt"):
            perform(kernel, "outbox.install", SOURCE)
        perform(kernel, "outbox.install", SOURCE, adopt=True)
    with started(tmp_path, any_url) as kernel, pytest.raises(SourceFailed, match="belongs to another Nexus by now"):
        perform(kernel, "row.create", ROWS, values={"id": 1, "text": "a"})
    assert run(any_url, "select id from notes") == []


def test_where_it_is_lost_nothing_is_changed_and_everybody_is_told(any_url: str, tmp_path: Path) -> None:
    with started(tmp_path, any_url) as kernel:
        perform(kernel, "outbox.install", SOURCE)
        run(any_url, f"drop table {TABLE}")
        with pytest.raises(SourceFailed, match=r"Nothing was changed: data keeps its outbox .* not there any more"):
            perform(kernel, "row.create", ROWS, values={"id": 1, "text": "a"})
        assert run(any_url, "select id from notes") == []
        assert "not there any more" in status(kernel).problem
        assert perform(kernel, "outbox.remove", SOURCE) == 0
        perform(kernel, "row.create", ROWS, values={"id": 1, "text": "a"})
        assert told(kernel) == ["row.created"]


def test_what_may_not_be_made_is_said(url: str, new_postgres_url: str, tmp_path: Path) -> None:
    with started(tmp_path, url, allow_writes=False) as kernel:
        assert not status(kernel).possible
        with pytest.raises(ReadOnly):
            perform(kernel, "outbox.install", SOURCE)
        with pytest.raises(NotFound):
            perform(kernel, "outbox.remove", SOURCE)
    run(url, f"create table {TABLE} (mine text)")
    with started(tmp_path, url) as kernel, pytest.raises(Refused, match="that is no outbox"):
        perform(kernel, "outbox.install", SOURCE)
    login = f"outbox_{tmp_path.name}"[:60].lower()
    run(new_postgres_url, NOTES, f"create role {login} login", f"grant all on notes to {login}")
    try:
        poor = sa.make_url(new_postgres_url).set(username=login).render_as_string(hide_password=False)
        with (
            started(tmp_path / "poor", poor) as kernel,
            pytest.raises(Forbidden, match="may not make the table nx_outbox"),
        ):
            perform(kernel, "outbox.install", SOURCE)
    finally:
        run(new_postgres_url, f"drop owned by {login}", f"drop role {login}")


def crashed(kernel: Kernel, monkeypatch: pytest.MonkeyPatch, *, committed: bool) -> None:
    """Change a row and die right before or right after the commit."""

    class Death(BaseException):
        pass

    def die(*_given: Any, **_more: Any) -> None:
        raise Death

    with monkeypatch.context() as patch:
        if committed:
            patch.setattr(dispatcher.Dispatcher, "_committed", die)
        else:
            patch.setattr(kernel.ledger, "write_down", after(kernel.ledger.write_down, die))
        patch.setattr(kernel.ledger, "close", lambda *_given, **_more: None)
        with pytest.raises(Death):
            perform(kernel, "row.update", ROW, values={"text": "b"})


def after(work: Any, then: Any) -> Any:
    return lambda *given: (work(*given), then())


@pytest.mark.parametrize(
    ("outbox", "committed", "outcome"),
    [(True, True, "done"), (True, False, "failed"), (False, True, "unknown"), (False, False, "unknown")],
)
def test_it_proves_what_was_done_where_rows_can_tell_no_more(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outbox: bool, committed: bool, outcome: str
) -> None:
    with started(tmp_path, url) as kernel:
        if outbox:
            perform(kernel, "outbox.install", SOURCE)
        perform(kernel, "row.create", ROWS, values={"id": 1, "text": "a"})
        until(lambda: told(kernel) == ["row.created"])
        kernel.crew.outboxes.stop()
        crashed(kernel, monkeypatch, committed=committed)
        (entry,) = kernel.ledger.find(Query(outcomes=("open",))).entries
    run(url, "update notes set text = 'past Nexus'")
    with started(tmp_path, url) as kernel:
        found = kernel.ledger.get(entry.id)
        assert (found.outcome, len(found.changes)) == (outcome, 1 if outcome == "done" else 0)
        until(lambda: not outbox or status(kernel).waiting == 0)
        assert told(kernel) == ["row.created", *(["row.updated"] if outcome == "done" else [])]
        kernel.crew.outboxes.round()
        assert len(told(kernel)) == (2 if outcome == "done" else 1)


QUIET = """
import sqlalchemy as sa
from nexus_admin.sdk import Action, Nothing, hookimpl

def run(unit, data):
    unit.connection.execute(sa.text("update notes set text = upper(text)"))

@hookimpl
def nexus_actions():
    return [Action("quiet.shout", Nothing, run, "Shout", on="resource")]
"""


def test_it_proves_what_noted_no_change(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin(tmp_path, "quiet", QUIET)
    with started(tmp_path, url) as kernel:
        perform(kernel, "outbox.install", SOURCE)
        kernel.crew.outboxes.stop()
        with monkeypatch.context() as patch:
            patch.setattr(kernel.ledger, "close", lambda *_given, **_more: None)
            perform(kernel, "quiet.shout", ROWS)
        (entry,) = kernel.ledger.find(Query(outcomes=("open",))).entries
    with started(tmp_path, url) as kernel:
        assert kernel.ledger.get(entry.id).outcome == "done"
        until(lambda: status(kernel).waiting == 0)
        assert told(kernel) == []


def test_rows_of_many_are_told_as_one(url: str, tmp_path: Path) -> None:
    run(url, "insert into notes values (1, 'a'), (2, 'b'), (3, 'c')")
    with started(tmp_path, url) as kernel:
        perform(kernel, "outbox.install", SOURCE)
        perform(kernel, "rows.update", ROWS, keys=["1", "2"], values={"text": "x"})
        until(lambda: told(kernel) == ["rows.updated"])
        assert stream_of(kernel).read(HOUSE, backwards=True)[0].value["data"] == {"rows": 2}


def test_a_source_with_an_outbox_is_not_forgotten_with_what_waits_there(url: str, tmp_path: Path) -> None:
    with started(tmp_path, url, urls=()) as kernel:
        perform(kernel, "source.connect", name="data", url=url, sample=False)
        until(lambda: kernel.sources.status("data").ready)
        perform(kernel, "source.allow_writes", SOURCE, allow=True)
        perform(kernel, "outbox.install", SOURCE)
        perform(kernel, "source.rename", SOURCE, name="shop")
        shop = Target("nexus", "sources", "shop")
        until(lambda: kernel.sources.get("shop").level == "B")
        perform(kernel, "row.create", Target("shop", "notes"), values={"id": 1, "text": "a"})
        with pytest.raises(Refused, match=r"keeps an outbox in its database\. Remove that first"):
            perform(kernel, "source.remove", shop)
        assert perform(kernel, "outbox.remove", shop) in (0, 1)
        perform(kernel, "source.remove", shop)
        assert told(kernel) == ["row.created"]
