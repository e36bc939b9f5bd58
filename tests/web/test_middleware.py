"""Middleware of extensions: in one order, behind the gate, and passed by where it fails."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from nexus_admin.cli.main import app
from nexus_admin.kernel.middleware import in_order
from nexus_admin.sdk import Middleware
from tests.kernel.world import kernel_of, plugin
from tests.web.world import csrf, served, signed_in

MARKS = """
from nexus_admin.sdk import Middleware, hookimpl

def marking(name):
    def wrap(app):
        async def around(scope, receive, send):
            async def marked(message):
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"x-passed", name.encode())]
                await send(message)
            await app(scope, receive, marked)
        return around
    return wrap

@hookimpl
def nexus_middleware():
    return [Middleware("{own}.one", marking("{own}"), before={before}, after={after})]
"""
FAILING = """
from nexus_admin.sdk import Middleware, hookimpl

def wrap(app):
    async def around(scope, receive, send):
{body}
    return around

@hookimpl
def nexus_middleware():
    return [Middleware("bad.one", wrap)]
"""
FAILS = {
    "at once": "        raise ValueError('never ready')",
    "after it has read the request": (
        "        while (await receive()).get('more_body'):\n            pass\n        raise ValueError('read too much')"
    ),
    "over the answer": (
        "        async def over(message):\n            raise ValueError('does not like it')\n"
        "        await app(scope, receive, over)"
    ),
    "after it has kept the answer": (
        "        kept = []\n        async def keep(message):\n            kept.append(message)\n"
        "        await app(scope, receive, keep)\n        raise ValueError('and lost it')"
    ),
    "by silence": "        return",
    "by keeping the answer": (
        "        async def keep(message):\n            pass\n        await app(scope, receive, keep)"
    ),
}


def marks(project: Path, name: str, before: str = "()", after: str = "()") -> None:
    plugin(project, name, MARKS.replace("{own}", name).replace("{before}", before).replace("{after}", after))


def passed(browser: TestClient, path: str = "/") -> list[str]:
    """Return whose mark an answer has: the innermost first."""
    return browser.get(path, follow_redirects=False).headers.get_list("x-passed")


# ── the order ────────────────────────────────────────────────────────────────────────────────


def declared(name: str, before: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Middleware:
    return Middleware(name, lambda inside: inside, before, after)


@pytest.mark.req("S003-KERN-05")
def test_the_order_follows_what_was_declared_and_nothing_else() -> None:
    found = [declared("a.x", after=("c.x",)), declared("b.x", before=("a.x",)), declared("c.x", after=("b.x",))]
    orders = {tuple(in_order(order)) for order in itertools.permutations(found)}
    assert orders == {("nexus.headers", "nexus.packing", "nexus.gate", "b.x", "c.x", "a.x")}
    free = [declared("b.x"), declared("a.x", before=("nexus.headers",)), declared("c.x", before=("nexus.gate",))]
    assert in_order(free) == ["a.x", "nexus.headers", "nexus.packing", "c.x", "nexus.gate", "b.x"]


@pytest.mark.req("S003-KERN-05")
def test_requests_pass_in_that_order_and_it_is_shown_by_the_command_and_the_page(tmp_path: Path) -> None:
    marks(tmp_path, "aaa", after="('zzz.one',)")
    marks(tmp_path, "mmm", before="('nexus.gate',)")
    marks(tmp_path, "zzz")
    with served(tmp_path, project=tmp_path) as nexus:
        browser = signed_in(nexus)
        assert passed(browser) == ["aaa", "zzz", "mmm"]
        page = browser.get("/extensions").text
        places = [page.index(f"<code>{name}</code>") for name in ("mmm.one", "nexus.gate", "zzz.one", "aaa.one")]
        assert places == sorted(places)
    told = CliRunner().invoke(app, ["extensions", "--project", str(tmp_path), "--state", str(tmp_path / "state.db")])
    lines = [line.split()[0] for line in told.output.partition("A request passes:")[2].splitlines() if line]
    assert lines == [
        "nexus.headers", "nexus.packing", "mmm.one", "nexus.gate", "zzz.one", "aaa.one", "nexus.pages",
    ]  # fmt: skip


@pytest.mark.req("S003-KERN-05")
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("('other.one',)", "('other.one',)", "is a circle. In it are: other.one, wrong.one."),
        ("('nexus.gate',)", "('other.one',)", "Whatever stands before nexus.gate must say so itself."),
        ("('nexus.gaet',)", "()", "names the step 'nexus.gaet', which is not there. Did you mean 'nexus.gate'?"),
    ],
)
def test_an_order_that_cannot_be_is_blamed_on_whoever_came_last(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    marks(tmp_path, "other")
    marks(tmp_path, "wrong", before, after)
    kernel = kernel_of(tmp_path)
    status = kernel.hooks.statuses["plugins/wrong"]
    kernel.stop()
    assert status.state == "failed"
    assert said in status.error
    assert kernel.hooks.statuses["plugins/other"].error == ""
    assert [one.name for one in kernel.declared.middleware] == ["other.one"]


# ── the gate ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("S003-KERN-05")
def test_strangers_and_posts_of_other_sites_do_not_come_to_what_stands_behind_the_gate(tmp_path: Path) -> None:
    marks(tmp_path, "behind")
    marks(tmp_path, "outside", before="('nexus.gate',)")
    with served(tmp_path, project=tmp_path) as nexus:
        assert passed(TestClient(nexus), "/sign-in") == ["outside"]
        browser = signed_in(nexus)
        form = {"_csrf": csrf(browser.get("/extensions").text), "name": "plugins/archive", "on": "0"}
        away = browser.post("/extensions", data=form, headers={"sec-fetch-site": "cross-site"})
        assert (away.status_code, away.headers.get_list("x-passed")) == (403, ["outside"])
        assert passed(browser, "/s/shop/orders") == ["behind", "outside"]


@pytest.mark.req("S003-KERN-05")
def test_behind_the_gate_a_middleware_knows_who_asks_by_session_or_by_token(tmp_path: Path) -> None:
    code = MARKS.replace("name.encode()", "scope['nexus.actor'].name.encode()")
    plugin(tmp_path, "who", code.replace("{own}", "who").replace("{before}", "()").replace("{after}", "()"))
    with served(tmp_path, project=tmp_path) as nexus:
        browser = signed_in(nexus)
        user = nexus.kernel.access.users.by_email("ada@example.com")
        assert user is not None
        assert passed(browser) == [user.name or user.email]
        wrong = {"authorization": "Bearer nothing"}
        assert "x-passed" not in browser.get("/api/v1/sources", headers=wrong).headers


@pytest.mark.req("S003-KERN-05")
def test_what_a_middleware_answers_itself_has_the_headers_of_every_answer(tmp_path: Path) -> None:
    body = (
        "        await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "        await send({'type': 'http.response.body', 'body': b'mine'})"
    )
    plugin(tmp_path, "bad", FAILING.replace("{body}", body))
    with served(tmp_path, project=tmp_path) as nexus:
        answer = signed_in(nexus).get("/")
        assert answer.text == "mine"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


# ── failing ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("S003-KERN-05")
@pytest.mark.parametrize("body", FAILS.values(), ids=FAILS)
def test_one_that_fails_is_blamed_and_switched_off_and_every_request_is_answered_once(
    tmp_path: Path, body: str
) -> None:
    plugin(tmp_path, "bad", FAILING.replace("{body}", body))
    with served(tmp_path, project=tmp_path) as nexus:
        browser = signed_in(nexus)
        page = browser.get("/s/shop/customers/new")
        assert page.status_code == 200
        made = browser.post(
            "/s/shop/customers/new", data={"_csrf": csrf(page.text), "value.name": "Nia", "value.country": ""}
        )
        assert made.status_code == 200
        status = nexus.kernel.hooks.statuses["plugins/bad"]
        assert status.state == "failed"
        assert nexus.kernel.declared.middleware == []
        listed = browser.get("/s/shop/customers").text
        assert listed.count(">Nia<") == 1


@pytest.mark.req("S003-KERN-05")
def test_an_error_of_the_house_is_not_blamed_on_what_stands_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks(tmp_path, "around")
    with served(tmp_path, project=tmp_path) as nexus:
        browser = signed_in(nexus)

        def broken(*_: object) -> None:
            raise RuntimeError("ours")

        monkeypatch.setattr(nexus._reception, "page", broken)
        with pytest.raises(RuntimeError, match="ours"):
            browser.get("/")
        assert nexus.kernel.hooks.statuses["plugins/around"].error == ""
