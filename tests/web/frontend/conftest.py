"""A small server with the policy of the product, and a page that tells on whatever breaks it."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

PATIENCE = 30_000
"""Milliseconds: a machine with two cores runs three browsers."""
expect.set_options(timeout=PATIENCE)
DIST = Path(__file__).resolve().parents[3] / "nexus_admin/web/static/dist"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<meta name="nx-icons" content="/dist/{icons}"><meta name="nx-csrf" content="token-1">
<meta name="nx-plotly" content="/dist/{plotly}"><meta name="nx-plotly-css" content="/dist/{plotly_css}">
<link rel="stylesheet" href="/dist/{style}"><script type="module" src="/dist/{app}"></script></head><body>{body}</body></html>"""

Answer = Callable[[dict[str, str]], str]


@dataclass
class Site:
    """What the server answers, by path, and what it was asked."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def page(self, path: str, body: str | Callable[[dict[str, str]], str]) -> str:
        """Serve *body* in the frame of a page at *path*; return its address."""
        manifest = json.loads((DIST / "manifest.json").read_text())
        names = {
            "icons": "icons.svg",
            "plotly": "plotly.js",
            "plotly_css": "plotly.css",
            "style": "style.css",
            "app": "app.js",
        }
        known = {key: manifest[name] for key, name in names.items()}

        def answer(query: dict[str, str]) -> str:
            return HEAD.format(title=path, body=body(query) if callable(body) else body, **known)

        self.answers[path] = answer
        return self.url + path

    def json(self, path: str, answer: Callable[[dict[str, str]], object]) -> None:
        """Serve what *answer* makes of the query string, as JSON."""
        self.answers[path] = lambda query: json.dumps(answer(query))


class Handler(BaseHTTPRequestHandler):
    """Serves the built assets and the site's answers, with the policy on everything."""

    def __init__(self, site: Site, *given: object) -> None:
        self.site = site
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer({name: ",".join(values) for name, values in parse_qs(raw, keep_blank_values=True).items()})

    def _answer(self, form: dict[str, str]) -> None:
        where = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(where.query, keep_blank_values=True).items()}
        if where.path.startswith("/dist/"):
            file = DIST / where.path.removeprefix("/dist/")
            packed = file.with_name(f"{file.name}.gz")  # of the chart library there is nothing else
            body = file.read_bytes() if file.is_file() else gzip.decompress(packed.read_bytes())
            return self._send(body, TYPES[file.suffix])
        self.site.asked.append((self.command, where.path, {**query, **form}, dict(self.headers.items())))
        if where.path not in self.site.answers:
            return self._send(b"There is no such page.", "text/plain", 404)
        text = self.site.answers[where.path]({**query, **form})
        kind = "application/json" if text.startswith(("{", "[")) else "text/html; charset=utf-8"
        return self._send(text.encode(), kind)

    def _send(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *given: object) -> None:
        """Stay quiet."""


def until(page: Page, condition: str) -> None:
    """Wait half a minute at most for *condition*; Playwright's own way to wait needs `eval`, which the policy forbids."""
    end = monotonic() + PATIENCE / 1000
    while not page.evaluate(condition):
        assert monotonic() < end, f"This did not become true: {condition}"
        page.wait_for_timeout(50)


@pytest.fixture
def site() -> Iterator[Site]:
    if not (DIST / "manifest.json").is_file():
        pytest.fail("The browser assets are not built; run `make assets`.", pytrace=False)
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, site))
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def trouble() -> list[str]:
    """Errors, warnings and breaches of the policy, as the page told them."""
    return []


@pytest.fixture
def watched(page: Page, trouble: list[str]) -> Iterator[Page]:
    """A page on which any trouble fails the test; a test that expects some takes it out of `trouble`."""
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("console", lambda said: trouble.append(said.text) if said.type in ("error", "warning") else None)
    page.set_default_timeout(PATIENCE)
    yield page
    assert trouble == []
