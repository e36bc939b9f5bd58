"""Bodies of requests: read up to a limit, and JSON that cannot be a bomb."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.types import Message, Receive

from nexus_admin.domain.errors import BadRequest, TooLarge

DEEPEST = 40
"""Levels of lists and objects that a body may have."""
LONGEST_NUMBER = 400
"""Digits, and places before or after the point: beyond that no column holds it, and printing it takes ages."""
# Ends at the end of the text too: what cannot fail is never tried again from the next quote on.
_STRING = re.compile(r'"(?:[^"\\]|\\.?)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


def limited(request: Request, most: int) -> Request:
    """Return *request* so that reading more than *most* bytes of its body raises `TooLarge`."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told[:20]) > most:
        raise _too_large(most)
    return Request(request.scope, _limited(request.receive, most))


def _limited(receive: Receive, most: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b"")) if message["type"] == "http.request" else 0
        if seen > most:
            raise _too_large(most)
        return message

    return counted


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        f"A request may have {most:,} bytes. Send less at a time, or let `server.max_body_bytes` be raised."
    )


def read_json(body: bytes, *, exact: bool = False) -> Any:
    """Return what *body* holds.

    Args:
        body: UTF-8.
        exact: Numbers with a point as Decimal.

    Raises:
        BadRequest: it is no JSON; or nested too deep, or with a number beyond all use, or NaN.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.") from None
    if not text.strip():
        raise BadRequest("The body is empty where JSON is needed.")
    if _depth(text) > DEEPEST:
        raise BadRequest(f"The body is nested deeper than {DEEPEST} levels.")
    try:
        return json.loads(text, parse_int=_whole, parse_float=_number(exact), parse_constant=_refuse)
    except BadRequest:
        raise
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise BadRequest(f"The body is no JSON: {reason}.") from None


def _depth(text: str) -> int:
    """Return how deep the brackets of *text* go, those within strings left out; no further than is allowed."""
    depth = deepest = 0
    for found in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if found[0] in "[{" else -1
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            break
    return deepest


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise BadRequest(f"A number of the body has {len(text):,} digits. At most {LONGEST_NUMBER} are read.")
    return int(text)


def _number(exact: bool) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        value = Decimal(text) if len(text) <= LONGEST_NUMBER else None
        if value is None or not value.is_finite() or (value and abs(value.adjusted()) > LONGEST_NUMBER):
            raise BadRequest(f"The number {text[:40]} of the body is too long or too large.")
        return value if exact else _float(value)

    return read


def _float(value: Decimal) -> float:
    found = float(value)
    if found - found != 0:
        raise BadRequest(f"The number {value} of the body is too large.")
    return found


def _refuse(name: str) -> NoReturn:
    raise BadRequest(f"{name} is not JSON. Send null where there is no value.")
