"""A table whose key is a secret tells it nowhere: not in an address, not in a page, not in the API."""

from __future__ import annotations

from pathlib import Path

from tests.security.world import Browser
from tests.web.world import served

LIVE = "live-9f3b77aa01"
TABLES = f"""
create table auth_tokens (token text primary key, user_id integer not null unique, created_at timestamp);
create table password_resets (token text primary key, note text) without rowid;
insert into auth_tokens values ('{LIVE}', 7, '2026-01-01 10:00:00'), ('{LIVE}-2', 8, '2026-01-02 10:00:00');
insert into password_resets values ('{LIVE}', 'x');
"""


def test_a_secret_key_is_told_nowhere_and_another_one_takes_its_place(tmp_path: Path) -> None:
    with served(tmp_path, TABLES) as app:
        browser = Browser(app, "ada@example.com")
        pages = [browser.get(f"/s/shop/{one}") for one in ("auth_tokens", "password_resets", "auth_tokens/7")]
        lists = [browser.api("GET", f"/shop/{one}") for one in ("auth_tokens", "password_resets")]
        assert [one.status_code for one in (*pages, *lists)] == [200] * 5
        assert not any(LIVE in one.text for one in (*pages, *lists))
        assert sorted(lists[0].json()["keys"]) == ["7", "8"]
        assert lists[1].json()["keys"] == [None]
        assert browser.api("PATCH", "/shop/auth_tokens/7", {"created_at": "2026-02-02T00:00:00"}).status_code == 200
        assert "stands in its address" in browser.get("/s/shop/password_resets/new").text
        assert browser.get(f"/s/shop/auth_tokens/{LIVE}").status_code == 404


REFERRING = f"""
create table auth_tokens (token text primary key, user_id integer not null unique);
create table uses (id integer primary key, via text references auth_tokens (token), place text);
create table looks (id integer primary key, used text references uses (via));
insert into auth_tokens values ('{LIVE}', 7);
insert into uses values (1, '{LIVE}', 'Turin');
insert into looks values (5, '{LIVE}');
"""


def test_what_refers_to_a_secret_is_as_secret_and_leads_nowhere(tmp_path: Path) -> None:
    with served(tmp_path, REFERRING) as app:
        browser = Browser(app, "ada@example.com")
        here = ("uses", "uses/1", "uses/1/edit", "uses/1/~peek", "looks", "looks/5", "auth_tokens/7", "uses/~pick")
        pages = [browser.get(f"/s/shop/{one}") for one in here]
        assert [one.status_code for one in pages] == [200] * len(pages)
        answers = [*pages, browser.api("GET", "/shop/uses"), browser.api("GET", "/shop/looks/5")]
        assert [one.url.path for one in answers if LIVE in one.text] == []
        assert "Turin" in pages[0].text
        assert "tab=" not in pages[6].text.partition("<main")[2].replace("tab=~history", "")
        assert browser.api("PATCH", "/shop/uses/1", {"place": "Pavia"}).status_code == 200
