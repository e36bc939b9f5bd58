"""What anybody may say on a channel of PostgreSQL: nothing of it ends an ear, or is taken for a message."""

from __future__ import annotations

import json

import pytest

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub.notices import Notice, body_of, read, written
from nexus_admin.brokers.pubsub.protocol import Message

HEAD = ["someone", 1, 0, False, None]
BODY = json.dumps(["a/b", "text/plain", "text"]) + "\nhello"


def test_what_a_process_says_is_read() -> None:
    message = Message("a/b", Content(b"\xff\x00", "image/png"))
    notice = Notice("someone", 1, 7, True, 2.5, None)
    assert read(written(notice, None)) == notice
    assert read(written(notice, body_of(message))).message == message


@pytest.mark.parametrize(
    "said",
    [
        "", "7", "null", "[" * 7_000, "{}", "wake 123", "[1, 2]", json.dumps([1, *HEAD[1:]]),
        json.dumps(["x", "1", *HEAD[2:]]), json.dumps(["x", True, *HEAD[2:]]), json.dumps(["x", 1, None, False, None]),
        json.dumps([*HEAD[:4], "soon"]),
        json.dumps([*HEAD[:2], 2**63, False, None]), json.dumps([*HEAD[:2], -1, False, None]),
        json.dumps([*HEAD[:4], float("nan")]), json.dumps([*HEAD[:4], -1]), json.dumps([*HEAD[:4], 10**400]),
        json.dumps([*HEAD[:3], "yes", None]),
        *(f"{json.dumps(HEAD)}\n{body}" for body in (
            "7", "[", "[" * 7_000, '[1, "text/plain", "text"]\nx', '["a", null, "text"]\nx', '["a/#", "x", "text"]\nx',
            '["", "x/y", "text"]\nx', '["a", "x/y", "bytes"]\n!',
        )),
    ],
)  # fmt: skip
def test_what_nobody_of_us_says_is_no_notice(said: str) -> None:
    assert read(f"{json.dumps(HEAD)}\n{BODY}").number == 1
    with pytest.raises(ValueError, match=r".*"):
        read(said)
