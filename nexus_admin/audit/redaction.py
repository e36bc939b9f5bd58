"""What the ledger may keep of an input: secrets hidden, control characters escaped, nothing endless."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from nexus_admin.audit.values import compact, to_json

HIDDEN = "••••"
LARGEST = 64 * 1024
"""Characters of an input that are kept; of a longer one only its start."""
_LOOKS_SECRET = re.compile(
    r"pass(word|wd|phrase|code)|secret|token|credential|authorization|api_?key|private_?key|access_?key|recovery_?code"
    r"|^(otp|totp|pin|code|cookie|signature)$",
    re.I,
)
_FILTERS = ("filter", "where")
_WORD = re.compile(r"\S+")
_URL_PASSWORD = re.compile(r"(://[^:/?#@\s]*:)\S+@")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def sentence(text: str) -> str:
    """Return *text* on one line: control characters escaped, passwords in addresses hidden."""
    if text.isprintable() and "://" not in text:  # nearly all: nothing is to be looked for
        return text
    return _CONTROL.sub(_escaped, _without_passwords(text))


def name(text: str) -> str:
    """Return *text* as it is, but for what no database can store."""
    return text if text.isprintable() else _UNSTORABLE.sub(_escaped, text)


def optional_name(text: str | None) -> str | None:
    """Like `name`; None stays None."""
    return None if text is None else name(text)


def _without_passwords(text: str) -> str:
    """Hide passwords in addresses; one look at each letter, however long the text is."""
    return _WORD.sub(_word_without, text) if "://" in text and "@" in text else text


def _word_without(match: re.Match[str]) -> str:
    head, at, tail = match[0].rpartition("@")  # behind the last @ no address could end
    return _URL_PASSWORD.sub(rf"\1{HIDDEN}@", head + at) + tail


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def redacted(data: Mapping[str, Any] | BaseModel, secret: Collection[str]) -> str:
    """Return an input as JSON text.

    Args:
        data: What was sent.
        secret: Names of fields to hide, beside those whose names look secret.
    """
    if not data and isinstance(data, dict):
        return "{}"
    given = data.model_dump() if isinstance(data, BaseModel) else dict(data)
    given |= {key: HIDDEN for key in _FILTERS if _asks_for(given.get(key), secret)}
    text = compact(to_json(_hidden(given, secret)))
    if len(text) <= LARGEST:
        return text
    return compact({"large": len(text), "start": text[:2000]})


def _asks_for(where: Any, secret: Collection[str]) -> bool:
    """Whether a filter names one of the *secret* fields: what it is compared with is what stands there."""
    return bool(where) and any(name in str(where) for name in secret)


def _hidden(value: Any, secret: Collection[str], depth: int = 0) -> Any:
    if depth > 40:
        return "…"
    if hasattr(value, "get_secret_value"):
        return HIDDEN
    if isinstance(value, str):
        return _without_passwords(value)
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if one not in (None, "") and _is_secret(key, secret) else _hidden(one, secret, depth + 1)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(one, secret, depth + 1) for one in value]
    return value


def _is_secret(key: Any, secret: Collection[str]) -> bool:
    return isinstance(key, str) and (key in secret or _LOOKS_SECRET.search(key) is not None)
