"""Answers to programs: JSON, ETags, and what is kept of an answer that may be given again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from nexus_admin.domain.spelling import json_writer

_written, _escaped = json_writer(ensure_ascii=False, allow_nan=False), json_writer(allow_nan=False)
KEPT_HEADERS = ("location", "etag", "nexus-entry")
"""Headers of an answer that are given again with it."""


class Json(Response):
    """JSON, as UTF-8; half characters, which UTF-8 cannot say, come escaped."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the bytes."""
        try:
            return _written(content).encode()
        except UnicodeEncodeError:
            return _escaped(content).encode()


def etag(version: str) -> str:
    """Return a row's version as an ETag."""
    return f'"{version}"'


def version_in(header: str) -> str | None:
    """Return the row's version in `If-Match`; None for `*` or no header, which trust."""
    text = header.strip()
    return None if text in ("", "*") else text.removeprefix("W/").strip('"')


def unchanged(header: str, tag: str) -> bool:
    """Whether `If-None-Match` names *tag*."""
    return tag in [one.strip().removeprefix("W/") for one in header.split(",")]


def kept(answer: Response) -> dict[str, Any]:
    """Return what is kept of an answer, for whoever sends the request again."""
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    return {
        "status": answer.status_code,
        "headers": headers,
        "type": answer.media_type,
        "body": bytes(answer.body).decode(),
    }


def given_again(answer: Mapping[str, Any], *, whole: bool) -> Response:
    """Return an answer as it was given the first time; not *whole*, without its body, where rights changed since."""
    headers = {**answer["headers"], "Idempotency-Replayed": "true"}
    return Response(answer["body"] if whole else "", answer["status"], headers, media_type=answer["type"])
