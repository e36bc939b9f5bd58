"""A new master key while people read and write an encrypted column; stopped at any moment, it goes on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import SourceDown
from nexus_admin.domain.target import Target
from nexus_admin.kernel.options import Options
from nexus_admin.state.vault import VARIABLE
from tests.waiting import until

PEOPLE = 3000
FILE = "[fields.email]\nencrypted = true\nsearchable = true\n"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nexus]:
    monkeypatch.delenv(VARIABLE, raising=False)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("create table people (id integer primary key, email varchar(300), email_bidx text, n int)")
        rows = ((n, f"p{n}@x.example") for n in range(1, PEOPLE + 1))
        connection.executemany("insert into people (id, email, n) values (?, ?, 0)", rows)
        connection.commit()
    (tmp_path / "resources/shop").mkdir(parents=True)
    (tmp_path / "resources/shop/people.toml").write_text(FILE)
    (tmp_path / "nexus.toml").write_text(f'[sources.shop]\nurl = "sqlite:///{tmp_path}/shop.db"\nallow_writes = true\n')
    nexus = Nexus(options=Options(tmp_path, state=str(tmp_path / "nexus.db"), environ={}))
    nexus.start()
    yield nexus
    nexus.kernel.stop()


def do(app: Nexus, action: str, key: int | None = None, **data: Any) -> Any:
    target = Target("shop", "people", None if key is None else str(key))
    return app.kernel.perform(Call(action, target, data, Actor.system("test")))


def everything(app: Nexus) -> None:
    after, more = None, True
    while more:
        found = do(app, "rows.encrypt", field="email", after=after, limit=1000)
        after, more = found.after, found.after is not None


def command(folder: Path, word: str) -> subprocess.Popen[str]:
    words = ["keys", word, "--state", str(folder / "nexus.db"), "--project", str(folder)]
    return subprocess.Popen(
        [sys.executable, "-m", "nexus_admin", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def keys_of(folder: Path) -> dict[str, int]:
    """Return how many values bear each key's id, as the database holds them."""
    with closing(sqlite3.connect(folder / "shop.db", timeout=60)) as connection:
        return dict(connection.execute("select substr(email, 1, 14), count(*) from people group by 1").fetchall())


class Load:
    """People who read, find and change rows all the time, and what went wrong for them."""

    def __init__(self, app: Nexus) -> None:
        self.app, self.stop, self.wrong, self.rounds = app, threading.Event(), list[str](), 0
        self.threads = [threading.Thread(target=self._work, args=(start,)) for start in (1, 1501)]

    def _work(self, start: int) -> None:
        n = start
        while not self.stop.is_set():
            n = start + (n - start + 7) % (PEOPLE // 2)
            try:
                row = do(self.app, "row.read", n).row
                mail = row["email"]
                if not mail.endswith(f"p{n}@x.example"):
                    self.wrong.append(f"{n} was read as {mail!r}")
                ids = [one["id"] for one in do(self.app, "row.list", filter=f"email:{mail}").page.rows]
                if ids != [n]:
                    self.wrong.append(f"{mail} found {ids}")
                do(self.app, "row.update", n, values={"email": f"{self.rounds}.p{n}@x.example", "n": self.rounds})
            except SourceDown as error:  # a busy machine makes them wait too long; they try again
                if "is busy" not in str(error):
                    self.wrong.append(repr(error))
            except Exception as error:
                self.wrong.append(repr(error))
            self.rounds += 1

    def __enter__(self) -> Load:
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for one in self.threads:
            one.join()


@pytest.mark.req("S003-SEC-11")
def test_a_key_is_changed_under_load_and_every_value_stays_readable_and_found(app: Nexus, tmp_path: Path) -> None:
    everything(app)
    (old,) = keys_of(tmp_path)
    assert old.startswith("nxe1.")
    with Load(app) as load:
        done = command(tmp_path, "rotate")
        said, _ = done.communicate(timeout=240)
    assert done.returncode == 0, said
    assert "shop/people.email:" in said
    assert not load.wrong, load.wrong[:5]
    assert load.rounds > 10
    everything(app)  # what the server sealed with the old key before it knew of the new one
    (new,) = keys_of(tmp_path)
    assert new != old
    assert do(app, "row.read", 5).row["email"].endswith("p5@x.example")


@pytest.mark.req("S003-SEC-11")
def test_what_was_stopped_goes_on_where_it_was(app: Nexus, tmp_path: Path) -> None:
    stopped = command(tmp_path, "encrypt")
    until(lambda: any(one.startswith("nxe1.") for one in keys_of(tmp_path)), "the first page", 240)
    stopped.kill()  # also where it has come to its end meanwhile
    stopped.communicate()
    assert do(app, "row.read", 1).row["email"] == "p1@x.example"
    assert do(app, "row.read", PEOPLE).row["email"] == f"p{PEOPLE}@x.example"
    done = command(tmp_path, "encrypt")
    said, _ = done.communicate(timeout=240)
    assert done.returncode == 0, said
    assert len(keys_of(tmp_path)) == 1
    assert do(app, "row.list", filter=f"email:p{PEOPLE}@x.example").page.rows[0]["id"] == PEOPLE
