"""Sessions that are ended while one of them gets a new cookie: on a server two transactions run at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from nexus_admin.access import Access
from nexus_admin.access.session_store import SessionStore
from nexus_admin.access.sessions import Sessions
from nexus_admin.state.engine import State
from tests.access.conftest import KEY
from tests.access.world import LAPTOP, PASSWORD, SYSTEM, cheap_passwords

End = Callable[[Sessions, str, str], object]


@pytest.mark.parametrize(
    "end",
    [
        lambda sessions, user, other: sessions.revoke_all(user),
        lambda sessions, user, other: sessions.revoke_others(other),
    ],
    ids=["all", "others"],
)
def test_a_session_that_is_renewed_meanwhile_is_ended_too(
    new_postgres_url: str, monkeypatch: pytest.MonkeyPatch, end: End
) -> None:
    with State.open(new_postgres_url, key=KEY) as state, ThreadPoolExecutor(2) as pool:
        access = Access(state, passwords=cheap_passwords())
        user = access.users.create("ana@example.com", by=SYSTEM, name="Ana", password=PASSWORD, roles=["owner"])
        cookie = access.sessions.start(user.id, LAPTOP)[0]
        other = access.sessions.start(user.id, LAPTOP)[0]
        assert access.sessions.find(other)
        ended, go_on, put = threading.Event(), threading.Event(), SessionStore.put

        def slowly(*given: object) -> None:
            ended.set()
            go_on.wait(60)
            put(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(SessionStore, "put", slowly)
        renewing = pool.submit(access.sessions.renew, cookie)
        assert ended.wait(60)
        ending = pool.submit(end, access.sessions, user.id, other)
        time.sleep(0.5)
        go_on.set()
        renewed = renewing.result(60)
        ending.result(60)
        assert renewed is None or access.sessions.find(renewed[0]) is None
