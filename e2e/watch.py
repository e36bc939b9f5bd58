"""What no page may do: log an error, break the security policy, throw, ask another machine, or find a fault."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

from tests.loopback import is_here

REPORT = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`security policy: ${event.violatedDirective} ${event.blockedURI}`));"""
REFUSED = re.compile(r"the server responded with a status of 4\d\d|/live' failed: .*ERR_CONNECTION_REFUSED")


class Watch:
    """Looks over every page of the contexts that it is given."""

    def __init__(self) -> None:
        self.wrong: set[str] = set()

    def over(self, context: BrowserContext, *, scripts: bool = True) -> None:
        """Watch *context*."""
        if scripts:
            context.add_init_script(REPORT)
        context.on(
            "console", lambda one: self._say(one.text, one.location.get("url", "")) if one.type == "error" else None
        )
        context.on("weberror", lambda one: self._say(str(one.error)))
        context.on("request", lambda one: self._reaches(one.url))
        context.on("response", lambda one: self._say(str(one.status), one.url) if one.status >= 500 else None)

    def _reaches(self, url: str) -> None:
        where = urlsplit(url)
        if where.scheme not in ("data", "blob") and not is_here(where.hostname):
            self._say("A page asked another machine:", url)

    def _say(self, text: str, url: str = "") -> None:
        # Chromium logs each answer of 400 to 499 as an error; a refusal is an answer like any other. So is that of a
        # server which a test has stopped, to a page that is still open and would follow.
        if not REFUSED.search(text):
            self.wrong.add(f"{text} {url}".strip())
