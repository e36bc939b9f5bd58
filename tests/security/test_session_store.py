"""Sessions are in a store, and no door of the store leads to them: not to look, not to forge one, not to end one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from typer.testing import CliRunner

from e2e.server import PASSWORD, Served, serve
from nexus_admin.access import Device
from nexus_admin.access.secrets import hash_of
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.store import DurableStore, Store
from nexus_admin.cli.main import app
from nexus_admin.client import Client
from nexus_admin.domain.errors import NexusError, NotFound
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.state.tables.store import house_entry
from tests.kernel.world import owner_of

Rows = dict[str, tuple[bytes, int]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A house whose shared store is in the state, too, where the sessions are."""
    folder = tmp_path_factory.mktemp("sessions")
    (folder / "nexus.toml").write_text("[store]\ndurable = true\n")
    with serve(folder, project=folder) as running:
        assert isinstance(store_of(running), DurableStore)
        yield running


@pytest.fixture(scope="module")
def owner(served: Served) -> Iterator[TestClient]:
    """An owner, who may do everything that there is."""
    account = served.account("olga")
    with TestClient(served.nexus, base_url=served.url, follow_redirects=False) as client:
        client.post("/sign-in", data={"email": account.email, "password": PASSWORD})
        csrf = served.nexus.kernel.access.sessions.csrf_token(client.cookies["nx_session"])
        client.headers["X-CSRF-Token"] = csrf
        yield client


@pytest.fixture(autouse=True)
def unchanged(served: Served, owner: TestClient) -> Iterator[None]:
    """Whatever a test tries: the sessions stand as they did, and the owner is still signed in."""
    before = rows(served.nexus.kernel)
    assert len(before) >= 2
    yield
    assert rows(served.nexus.kernel) == before
    served.nexus.kernel.access.changed()
    assert owner.get("/account").status_code == 200


def store_of(served: Served) -> Store:
    found: Store = served.nexus.kernel.services.get(Store)  # type: ignore[type-abstract]
    return found


def rows(kernel: Kernel) -> Rows:
    """What the house's store has, past every door."""
    kernel.state.flush()
    found = kernel.state.read(lambda conn: conn.execute(sa.select(house_entry)).all())
    return {row.key.decode(): (row.data, row.ends_at) for row in found}


def says(text: str, keys: Rows) -> list[str]:
    """Return what of the sessions' keys stands in *text*."""
    return [part for key in keys for part in (key, key.partition(":")[2]) if part in text]


def test_what_runs_in_the_process_finds_none_of_them_in_the_store(served: Served) -> None:
    store, keys = store_of(served), rows(served.nexus.kernel)
    for key, (data, _ends) in keys.items():
        assert store.get(key) is None
        assert not store.touch(key, 1)
        assert not store.cas(key, json.loads(data), {})
        assert store.delete(key) == 0
    assert [entry.key for entry in store.scan() if entry.key in keys] == []
    assert store.figures().keys == 0


def test_no_action_of_the_api_does(served: Served, owner: TestClient) -> None:
    keys, api = rows(served.nexus.kernel), "/api/v1/brokers"
    for prefix in ("", "session:", "of ", "$sys", "house"):
        seen = owner.get(f"{api}/store.scan", params={"prefix": prefix})
        assert seen.status_code == 200
        assert says(seen.text, keys) == []
    assert says(owner.get(f"{api}/store.view").text, keys) == []
    for key in keys:
        assert owner.get(f"{api}/store.get", params={"key": key}).status_code == 404
        gone = owner.post(f"{api}/store.delete", json={"keys": [key]})
        assert (gone.status_code, gone.json()) == (200, {"result": 0})


def test_no_page_does(served: Served, owner: TestClient) -> None:
    keys = rows(served.nexus.kernel)
    own = owner.cookies["nx_session"]
    csrf = served.nexus.kernel.access.sessions.csrf_token(own)
    for prefix in ("", "session:", "of "):
        page = owner.get("/brokers/store", params={"prefix": prefix})
        assert page.status_code == 200
        assert says(page.text, keys) == []
    for key in keys:
        assert "user_agent" not in owner.get("/brokers/store", params={"key": key}).text
        done = owner.post("/brokers/store", data={"_csrf": csrf, "keys": key}, headers={"Origin": served.url})
        assert done.status_code == 303


def test_no_list_of_keys_does(served: Served, owner: TestClient) -> None:
    keys = rows(served.nexus.kernel)
    for path in (
        "/s/brokers/keys", "/s/brokers/keys?q=session", "/api/v1/brokers/keys", "/api/v1/brokers/keys?filter=session",
        "/api/v1/brokers/keys/~export?format=ndjson", "/api/v1/brokers/keys/~export?format=csv",
    ):  # fmt: skip
        seen = owner.get(path)
        assert seen.status_code == 200, path
        assert says(seen.text, keys) == [], path
    for key in keys:
        spelled = "".join(one if one.isalnum() else f"~{ord(one):02X}" for one in key)
        assert owner.get(f"/api/v1/brokers/keys/{spelled}").status_code == 404


def test_no_client_does_though_it_may_do_everything(served: Served) -> None:
    keys = rows(served.nexus.kernel)
    account = served.account("clara")
    secret, _ = served.nexus.kernel.access.tokens.create(account.id, "client", scopes=("client.*",))
    with Client(served.url, secret) as client:
        assert list(client.store.scan()) == []
        for key in keys:
            for name in (key, f"../{key}", f"app:{key}"):
                assert client.store.get(name) is None
                assert not client.store.touch(name, 1)
                assert client.store.delete(name) == 0
            with suppress(NexusError):  # a counter of its own, under a name that means nothing
                client.store.incr(key)
            assert client.store.delete(key) == 1


def test_nobody_forges_one_by_writing_its_key(served: Served) -> None:
    """The value is that of a living session of an owner: under the hash of a cookie that somebody has thought of."""
    store, keys = store_of(served), rows(served.nexus.kernel)
    (value, *_) = [json.loads(data) for key, (data, _ends) in keys.items() if key.startswith("session:")]
    name = f"session:{hash_of('thought-of')}"
    account = served.account("mallory")
    secret, _ = served.nexus.kernel.access.tokens.create(account.id, "client", scopes=("client.*",))
    with Client(served.url, secret) as client:
        client.store.set(name, value)
    store.set(name, value)
    forger = TestClient(served.nexus, cookies={"nx_session": "thought-of"}, follow_redirects=False)
    assert forger.get("/account").status_code == 303
    store.delete(name, f"app:{name}")


def test_what_the_house_tells_of_its_store_leaves_them_out(served: Served) -> None:
    keys = rows(served.nexus.kernel)
    own_topics: Any = served.nexus.kernel.brokers._own_topics
    with served.nexus.kernel.services.get(PubSub).subscribe("$sys/#") as told:  # type: ignore[type-abstract]
        assert own_topics.look() > 0
        said = told.get(5)
    assert says(repr(said), keys) == []


def test_no_command_does(tmp_path: Path, new_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command beside a server sees the shared store where both have one, in PostgreSQL."""
    monkeypatch.setenv("NEXUS_SECRET_KEY", token_urlsafe(48))
    (tmp_path / "nexus.toml").write_text("[store]\ndurable = true\n")
    kernel = Kernel(Options(project=tmp_path, state=new_postgres_url, environ={})).start()
    try:
        user_id = owner_of(kernel).id.removeprefix("user:")
        cookie = kernel.access.sign_in_as(user_id, Device(), via="password").cookie
        kernel.services.get(Store).set("mine", 1)  # type: ignore[type-abstract]
        keys = rows(kernel)
        listed = command(new_postgres_url, tmp_path, "ls")
        assert "mine" in listed
        assert says(listed, keys) == []
        for key in keys:
            with pytest.raises(NotFound):
                command(new_postgres_url, tmp_path, "get", key)
            assert "0 keys deleted" in command(new_postgres_url, tmp_path, "del", key)
        assert rows(kernel) == keys
        kernel.access.changed()
        assert kernel.access.actor_of_session(cookie) is not None
    finally:
        kernel.stop()


def command(state: str, project: Path, *words: str) -> str:
    """Run `nexus store`; its error is raised."""
    done = CliRunner().invoke(app, ["store", *words, "--project", str(project), "--state", state])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output
