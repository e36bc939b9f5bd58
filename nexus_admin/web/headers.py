"""Security headers on every answer: a strict content policy, no framing, no sniffing."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
TLS_ONLY = (b"strict-transport-security", b"max-age=31536000")
Header = tuple[bytes, bytes]


class SecurityHeaders:
    """Adds the headers; assets with a hash in their name may be kept for a year, pages are kept by nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        kept = scope.get("path", "").startswith(f"{scope.get('root_path', '')}/static/")
        cache = b"public, max-age=31536000, immutable" if kept else b"no-store"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _dressed(message["headers"], cache, secure=scope.get("scheme") == "https")
            await send(message)

        await self.app(scope, receive, with_headers)


def _dressed(headers: Iterable[Header], cache: bytes, *, secure: bool) -> list[Header]:
    """Return *headers* with ours; a cookie that was set over TLS is never sent without it."""
    found = [
        (name, value + b"; Secure" if secure and name == b"set-cookie" and b"; secure" not in value.lower() else value)
        for name, value in headers
    ]
    if not any(name == b"cache-control" for name, _ in found):
        found.append((b"cache-control", cache))
    return [*found, *HEADERS, *((TLS_ONLY,) if secure else ())]
