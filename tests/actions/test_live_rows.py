"""Rows of a list by their keys on real databases, and kinds of topics that pages may follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.actions.live.topics import LiveTopic, LiveTopics, News, names_of, topic_of
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Invalid, Refused
from nexus_admin.domain.target import Target
from nexus_admin.kernel.options import Options

KEYS = {
    "by_text": ("id varchar(40) not null primary key", "'a/b, c~d'"),
    "by_date": ("id date not null primary key", "'2026-02-28'"),
    "by_number": ("id decimal(12, 3) not null primary key", "12.5"),
    "by_two": ("id integer not null, part varchar(9) not null", "7, 'x,y'"),
    "by_uuid": ("id uuid not null primary key", "'6f9619ff-8b86-d011-b42d-00c04fc964ff'"),
}
MORE = {"by_two": ", primary key (id, part)"}
OWNER = Actor("user:1", roles=("owner",))


@pytest.fixture(params=["new_postgres_url", "new_mariadb_url", "sqlite"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nexus]:
    path = str(tmp_path / "keys.db")
    url = f"sqlite:///{path}" if request.param == "sqlite" else request.getfixturevalue(request.param)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for name, (columns, values) in KEYS.items():
            connection.execute(sa.text(f"create table {name} ({columns}, note varchar(20){MORE.get(name, '')})"))
            connection.execute(sa.text(f"insert into {name} values ({values}, 'one')"))
    engine.dispose()
    given = path if request.param == "sqlite" else url
    nexus = Nexus(options=Options(urls=(("keys", given),), state=str(tmp_path / "nexus.db"), environ={}, patience=60))
    nexus.start()
    yield nexus
    nexus.kernel.stop()


def test_rows_are_asked_for_by_any_kind_of_key(app: Nexus) -> None:
    def perform(action: str, table: str, **data: object) -> object:
        return app.kernel.perform(Call(action, Target("keys", table), data, OWNER))

    for table in KEYS:
        (key,) = perform("row.list", table).page.keys  # type: ignore[attr-defined]
        found = perform("row.some", table, keys=[key, "1,2,3", "~zz"], filter="note:one")
        assert found.page.keys == [key], table  # type: ignore[attr-defined]
        assert perform("row.some", table, keys=[key], filter="note:two").page.keys == []  # type: ignore[attr-defined]
        assert perform("row.some", table, keys=[]).page.keys == []  # type: ignore[attr-defined]
    with pytest.raises(Invalid):
        perform("row.some", "by_text", keys=["x"] * 101)


@pytest.mark.parametrize("names", [("a/b", "+", "#", "$x"), ("", ".", "..", "é\n"), ("rows", "~", "a,b")])
def test_names_come_back_out_of_a_topic_whatever_letters_they_have(names: tuple[str, ...]) -> None:
    topic = topic_of("rows", *names)
    assert not set("+#$") & set(topic)
    assert topic.count("/") == len(names)
    assert names_of(topic) == names
    assert names_of("rows/~zz") is None


def test_a_kind_of_topic_has_a_name_of_its_own() -> None:
    topics = LiveTopics()
    jobs = LiveTopic("jobs", lambda _actor, names: len(names) == 1)
    topics.add(jobs)
    assert (topics.of("jobs/7"), topics.of("job/7")) == (jobs, None)
    assert list(jobs.tell(OWNER, [News("jobs/7", {"done": 3})])) == [{"done": 3}]
    for wrong in (jobs, LiveTopic("a/b", jobs.may_see)):
        with pytest.raises(Refused):
            topics.add(wrong)
