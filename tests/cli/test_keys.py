"""`nexus keys rotate`: no secret lies in the clear, and a new key takes the old one's place while people work."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.audit.chain import verify
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State
from nexus_admin.state.sealed import SEALED, SOURCE_URL
from nexus_admin.state.tables.sources import source
from nexus_admin.state.vault import VARIABLE
from tests.web.test_second_factor import set_up
from tests.web.world import csrf, served, signed_in

TABLES = """
create table accounts (id integer primary key, name text not null, api_token text);
insert into accounts values (1, 'Priya', 'tok-first-8Zr4'), (2, 'Ilse', 'tok-second-5Kw2');
"""
PASSWORD = "pg-hunter-2-hunter"
SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def _own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def rotate(folder: Path) -> str:
    """Run the command in a process of its own, and return what it said."""
    words = ["keys", "rotate", "--state", str(folder / "nexus.db"), "--project", str(folder)]
    done = subprocess.run([sys.executable, "-m", "nexus_admin", *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dump(folder: Path) -> bytes:
    """Return all that a copy of the state holds: its statements, and the bytes of its files."""
    with closing(sqlite3.connect(folder / "nexus.db")) as connection:
        text = "\n".join(connection.iterdump()).encode()
    files = [path.read_bytes() for path in folder.glob("nexus.db*") if path.suffix != ".key"]
    return b"\n".join([text, text.upper(), *files])


def key_ids(state: State) -> set[str]:
    """Return the ids of the keys that seal secrets now."""

    def work(connection: sa.Connection) -> list[bytes]:
        return [value for one in SEALED for (value,) in connection.execute(sa.select(one.column))]

    return {value[3:7].hex() for value in state.read(work)}


def with_secrets(app: Nexus, url: str) -> tuple[TestClient, str]:
    """Give an installation one secret of each kind; returns ada's browser and the secret of her second factor."""
    address = sa.make_url(url).set(password=PASSWORD).render_as_string(hide_password=False)
    data = {"url": address, "name": "crm"}
    app.kernel.perform(Call("source.connect", Target("nexus"), data, SYSTEM))
    browser = signed_in(app)
    totp, _ = set_up(browser)
    form = browser.get("/s/shop/accounts/1/edit").text
    sent = {"_csrf": csrf(form), "value.name": "Priya Raman"}
    saved = browser.post("/s/shop/accounts/1/edit", data=sent)
    assert saved.status_code == 200, saved.text
    return browser, str(totp.secret)


def test_a_copy_of_the_state_shows_no_secret_before_or_after_the_key_is_changed(
    tmp_path: Path, new_postgres_url: str
) -> None:
    with served(tmp_path, TABLES) as app:
        state = app.kernel.state
        browser, secret = with_secrets(app, new_postgres_url)
        (old,) = key_ids(state)
        said = rotate(tmp_path)
        (new,) = key_ids(state)
        assert new != old
        assert f"The key {new} seals now: 2 secrets anew." in said
        assert browser.get("/s/shop/accounts").status_code == 200  # nobody is signed out
        found = state.read(lambda connection: connection.execute(sa.select(source.c.id, source.c.url)).one())
        assert PASSWORD.encode() in state.vault.unseal(found.url, SOURCE_URL.place(found.id))
        text = dump(tmp_path)
    assert b"Priya Raman" in text
    assert b"$sealed" in text  # the ledger has the whole row, and its token sealed
    for plain in (PASSWORD, secret, "tok-first-8Zr4"):
        assert plain.encode() not in text
    assert secret.lower().encode() not in text.lower()


class Busy:
    """Somebody who works until they are told to stop, in a thread; what goes wrong is kept."""

    def __init__(self, browser: TestClient, portal: BlockingPortal, work: Callable[[TestClient], None]) -> None:
        self.browser, self.work = browser, work
        browser.portal = portal  # one event loop, as a server has
        self.done, self.wrong = 0, ""
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set() and not self.wrong:
            try:
                self.work(self.browser)
            except Exception as error:  # a thread's error would else be silent
                self.wrong = repr(error)
            self.done += 1


def write(browser: TestClient) -> None:
    form = browser.get("/s/shop/accounts/2/edit")
    sent = {"_csrf": csrf(form.text), "value.name": f"Ilse {time.time_ns()}"}
    saved = browser.post("/s/shop/accounts/2/edit", data=sent)
    assert (form.status_code, saved.status_code) == (200, 200), saved.text


def sign_in(browser: TestClient) -> None:
    browser.cookies.clear()
    sent = {"email": "bo@example.com", "password": PASSWORD}
    assert browser.post("/sign-in", data=sent, follow_redirects=False).status_code == 303
    assert browser.get("/s/shop/accounts").status_code == 200


def test_the_key_is_changed_again_and_again_while_rows_are_written_and_people_sign_in(
    tmp_path: Path, new_postgres_url: str
) -> None:
    with served(tmp_path, TABLES) as app, start_blocking_portal() as portal:
        _, secret = with_secrets(app, new_postgres_url)
        app.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("owner",), by=SYSTEM)
        people = (
            Busy(signed_in(app, "bo@example.com", PASSWORD), portal, write),
            Busy(TestClient(app), portal, sign_in),
        )
        with ThreadPoolExecutor(2) as pool:
            for one in people:
                pool.submit(one.run)
            try:
                rotate(tmp_path)
                rotate(tmp_path)
            finally:
                for one in people:
                    one.stop.set()
        assert [one.wrong for one in people] == ["", ""]
        assert all(one.done > 1 for one in people)
        assert len((tmp_path / "nexus.db.key").read_text().splitlines()) == 3
        state = app.kernel.state
        assert key_ids(state) == {state.vault.key_id}
        assert verify(state).ok
        assert secret.encode() not in dump(tmp_path)


def test_with_keys_of_the_environment_the_first_of_them_takes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_postgres_url: str
) -> None:
    old, new = "k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga", "Zq8-pW3nXt5Ly7Ra1Hc9Je2Uk6Pd4GbMs"
    call = Call("keys.rotate", Target("nexus"), {}, SYSTEM)
    monkeypatch.setenv(VARIABLE, old)
    with served(tmp_path, TABLES) as app:
        with_secrets(app, new_postgres_url)
        before = key_ids(app.kernel.state)
        with pytest.raises(Refused, match="Put a new one before it"):
            app.kernel.perform(call)
        assert key_ids(app.kernel.state) == before
    assert not (tmp_path / "nexus.db.key").exists()
    monkeypatch.setenv(VARIABLE, f"{new},{old}")
    with State.open(tmp_path / "nexus.db") as state:
        assert key_ids(state) == before
    assert "2 secrets anew" in rotate(tmp_path)
    monkeypatch.setenv(VARIABLE, new)
    with State.open(tmp_path / "nexus.db") as state:
        assert key_ids(state) == {state.vault.key_id} != before
        found = state.read(lambda connection: connection.execute(sa.select(source.c.id, source.c.url)).one())
        assert PASSWORD.encode() in state.vault.unseal(found.url, SOURCE_URL.place(found.id))
    assert os.environ[VARIABLE] == new


def test_a_secret_that_no_key_opens_is_named_and_the_others_are_sealed_anew(
    tmp_path: Path, new_postgres_url: str
) -> None:
    with served(tmp_path, TABLES) as app:
        with_secrets(app, new_postgres_url)
        app.kernel.state.write(lambda connection: connection.execute(sa.update(source).values(url=b"nx1spoiled")))
        found = app.kernel.perform(Call("keys.rotate", Target("nexus"), {}, SYSTEM))
        assert found.done == 1
        assert [one.partition(":")[0] for one in found.lost] == ["source"]
