"""What a table is called becomes the name of a file, and nothing else of an answer: no header, path or other ending."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from nexus_admin.actions.exports.export import Exported
from nexus_admin.web.api.export import file_answer

NAMES = (
    'a"; filename=x.html',
    "a\r\nSet-Cookie: x=1",
    "../../etc/x",
    "..\\x",
    "gnp.\u202evsc",
    "a\x00b",
    "\ud800",
    "é日本",
    "?",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_named_in_letters_that_are_seen(name: str) -> None:
    answer = file_answer(Exported(f"{name}.csv", "text/csv", iter(())))
    said = answer.headers["content-disposition"]
    assert said.isascii()
    assert said.isprintable()
    plain, _, spelled = said.removeprefix('attachment; filename="').partition("\"; filename*=UTF-8''")
    for found in (plain, unquote(spelled)):
        assert found.isprintable()
        assert found.endswith(".csv")
        assert not {"/", "\\"} & set(found)
    assert '"' not in plain
    assert set(answer.headers) == {"content-disposition", "content-type"}
