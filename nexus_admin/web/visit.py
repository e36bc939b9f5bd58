"""A visit: one request with who makes it, as a page's endpoint sees it; and the door that it came through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.field_kind import Locale
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.web.reader import Reader, Said, say, unsay
from nexus_admin.web.templating import Pages

PUBLIC = "public"
"""The permission of a door that anybody may use: signing in, health."""

SIGNED_IN = "signed-in"
"""The permission of a door that shows only what later actions allow."""


class Form(dict[str, str]):
    """What was posted, by name; what a page needs and was not sent is a mistake of whoever sent it."""

    def __missing__(self, name: str) -> str:
        raise BadRequest(f"The form was sent without {name!r}. Load the page again, and send it once more.")


@dataclass
class Visit:
    """One request.

    Args:
        kernel: What answers.
        pages: What draws.
        actor: Who asks.
        cookie: The session's cookie, empty for none.
        path: Path parameters, decoded.
        query: The query string; the last of several values counts.
        form: What was posted; the last of several values counts.
        facts: The request's id, address and client, for the audit.
        locale: Where the reader is.
        reader: What their browser remembers.
        posted: All values that were posted, in order, for fields that may come more than once.
        here: The page's own address with its query, from our root.
        fragment: Which parts of the page a script asks for, by their ids; "" for the whole.
        origin: How this browser reached us, e.g. `https://admin.example.com`. Its word, so only for showing to it.
        window: Which of this browser's windows a script asks for; "" where none does.
    """

    kernel: Kernel
    pages: Pages
    actor: Actor
    cookie: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    facts: Mapping[str, str]
    locale: Locale
    reader: Reader = field(default_factory=Reader)
    posted: tuple[tuple[str, str], ...] = ()
    here: str = "/"
    fragment: str = ""
    origin: str = ""
    window: str = ""
    _spelled: tuple[str, str] = field(default=("", ""), init=False, repr=False, compare=False)

    def perform(self, action: str, target: Target, data: Mapping[str, Any] | None = None, lane: str = "") -> Any:
        """Run an action on the one path, as this actor.

        Args:
            action: Its name.
            target: What it acts on.
            data: Untrusted input.
            lane: What of the window a read fills: asked for anew, it stops the read that still runs. "" stops none.
        """
        zone = self.reader.zone_name or "UTC"
        mine = f"{self.actor.session} {self.window} {lane} {target}" if lane and self.window else ""
        return self.kernel.perform(
            Call(action, target, data or {}, self.actor, "page", self.facts, zone=zone, lane=mine)
        )

    def every(self, name: str) -> list[str]:
        """Return each value that was posted as *name*: ticked rows, for one."""
        return [value for key, value in self.posted if key == name]

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """Draw a page; it says what the one before left to be said."""
        answer = HTMLResponse(self.pages.draw(template, self, context), status)
        if self.reader.said:
            unsay(answer, self.locale.base)
        return answer

    def go(self, path: str, said: str = "", undo: str = "", source: str = "") -> Response:
        """Send the browser on to an address of ours.

        Args:
            path: Where to, from our root.
            said: A sentence that the next page shows once.
            undo: The ledger entry that a button beside it takes back; *path* lies in its source, or is
                a page of the house.
            source: Whose entry that is, as a part of an address, where *path* does not tell.
        """
        answer = RedirectResponse(f"{self.locale.base}{path}", 303)
        if said:
            there = path.removeprefix("/s/").partition("?")[0].partition("/")[0] if path.startswith("/s/") else "nexus"
            say(answer, Said(said, undo, source or there), self.locale.base)
        return answer

    @property
    def csrf(self) -> str:
        """What every form of this session must carry; spelled once for all forms of a page."""
        if self.cookie and self._spelled[0] != self.cookie:
            self._spelled = self.cookie, self.kernel.access.sessions.csrf_token(self.cookie)
        return self._spelled[1] if self.cookie else ""


@dataclass(frozen=True, slots=True)
class Door:
    """One route: its address, what answers, and the permission that it declares.

    Args:
        path: As Starlette spells it.
        handle: `handle(visit) -> response`, run in a thread.
        needs: An action's name, PUBLIC or SIGNED_IN.
        methods: HTTP methods.
    """

    path: str
    handle: Callable[[Visit], Response]
    needs: str
    methods: tuple[str, ...] = ("GET",)
