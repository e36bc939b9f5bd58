"""Every link of every page of an odd database answers, and nothing of it becomes markup."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.options import Options
from tests.odd.names import NAMES
from tests.odd.shapes import make_shapes
from tests.web.world import PASSWORD, signed_in

LINKS = re.compile(r'(?:href|data-url|data-fragment)="([^"]*)"')
RAW = ("<script>alert(1)", "<b>x</b>")
MOST = 1500
"""Pages: what lies nearest to the source is visited first."""

ASKED = 4
"""Addresses with different questions that are followed on one path."""


@pytest.fixture
def served(odd: str, tmp_path: Path) -> Iterator[Nexus]:
    make_shapes(
        odd,
        NAMES
        if odd.startswith("sqlite")
        else tuple(one for one in NAMES[1::4] if one.isprintable() and max(one) < "\U00010000"),
    )
    app = Nexus(options=Options(urls=(("odd", odd),), state=str(tmp_path / "nexus.db"), allow_writes=True, environ={}))
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
    yield app
    app.kernel.stop()


def shape_of(link: str) -> tuple[str, tuple[str, ...]]:
    """Return what makes a page another one than those before: its path, and which questions its address asks."""
    parts = urlsplit(link)
    path = re.sub(r"(/s/odd/(?:wide|pairs|every))/[^/]+", r"\1/*", parts.path) if "wide" in parts.path else parts.path
    return path, tuple(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))


def onward(page: str, here: str) -> list[str]:
    found = [urljoin(here, unescape(one)) for one in LINKS.findall(page)]
    return [one for one in found if one.startswith("/s/odd") and "~export" not in one]


def crawl(browser: TestClient, start: str) -> tuple[int, list[str]]:
    """Visit all that *start* leads to; return how many pages, and what was wrong."""
    waiting, seen, wrong = deque([start]), {shape_of(start)}, list[str]()
    count, asked_of = 0, dict[str, int]()
    while waiting and count < MOST:
        link = waiting.popleft()
        answer = browser.get(link)
        count += 1
        if answer.status_code >= 500 and "/dividing" not in link and "/unfilled" not in link:
            wrong.append(f"{answer.status_code} {link}")
        if "html" in answer.headers["content-type"]:
            wrong += [f"{one} in {link}" for one in RAW if one in answer.text]
            for one in onward(answer.text, link.partition("#")[0]):
                path = shape_of(one)[0]
                if shape_of(one) not in seen and (asked := asked_of.get(path, 0)) < ASKED:
                    asked_of[path] = asked + 1
                    seen.add(shape_of(one))
                    waiting.append(one)
    return count, wrong


def test_every_link_answers_and_no_value_or_name_becomes_markup(served: Nexus) -> None:
    browser = signed_in(served)
    count, wrong = crawl(browser, "/s/odd")
    assert wrong == []
    assert 200 < count <= MOST
