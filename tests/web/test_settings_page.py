"""A setting that was changed by clicking is taken back by the button beside the message."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.web.world import csrf, served, signed_in


def test_a_changed_setting_can_be_undone_at_once(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        token = csrf(client.get("/settings").text)
        before = nexus.kernel.settings["project.name"]
        posted = {"_csrf": token, "key": "project.name", "value": "Two of us"}
        page = client.post("/settings", data=posted).text
        assert nexus.kernel.settings["project.name"] == "Two of us"
        form = re.search(r'<form data-undo method="post" action="([^"]+)">.*?name="entry" value="([^"]+)"', page)
        assert form is not None
        client.post(form[1], data={"_csrf": csrf(page), "entry": form[2], "back": "/settings"})
        assert nexus.kernel.settings["project.name"] == before


def test_a_setting_that_stays_has_nothing_to_undo(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        posted = {"_csrf": csrf(client.get("/settings").text), "key": "project.name", "back": "1"}
        assert "~undo" not in client.post("/settings", data=posted).text


def test_a_list_is_shown_line_by_line_and_not_as_python_writes_it(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        page = signed_in(nexus).get("/settings").text
        assert "<code>rows.export=60</code><br>" in page
        assert "['rows" not in html.unescape(page)


def test_a_setting_is_headed_by_words_and_its_key_stands_beside_them(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        page = signed_in(nexus).get("/settings").text
        assert re.search(r">Requests per minute</span> <code[^>]*>api\.requests_per_minute</code>", page)


@pytest.mark.parametrize("typed", ["abc", "-1", "1e400", "9" * 20, "", "\0", "<script>alert(1)</script>"])
def test_a_value_that_does_not_fit_is_refused_beside_its_field_with_what_was_typed(tmp_path: Path, typed: str) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        before = nexus.kernel.settings["lists.page_size"]
        posted = {"_csrf": csrf(client.get("/settings").text), "key": "lists.page_size", "value": typed}
        answer = client.post("/settings", data=posted)
        assert answer.status_code == 422
        assert "lists.page_size takes a whole number from 0 to 1,000,000,000, not" in answer.text
        assert "<script>alert(1)" not in answer.text
        field = re.search(r'aria-label="lists.page_size" aria-invalid="true"[^>]* value="([^"]*)"', answer.text)
        assert field is not None
        assert html.unescape(field[1]) == typed
        assert nexus.kernel.settings["lists.page_size"] == before
