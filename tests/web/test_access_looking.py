"""Whoever may look at access, and change nothing there, is shown all of it and no button that would be refused."""

from __future__ import annotations

import html
import re
from pathlib import Path

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.world import PASSWORD, served, signed_in

SYSTEM = Actor.system("test")
PAGES = ("", "/users", "/sessions", "/tokens", "/roles/viewer", "/roles/viewer?table=shop/orders")
TABS = ("/roles/viewer?tab=members", "/roles/viewer?tab=history", "/roles/viewer?tab=text")


def pressable(page: str) -> set[str]:
    """Return the addresses of all forms that send something and have a button that can be pressed."""
    found = set()
    main = page.partition("<main")[2]
    for form in re.finditer(r'<form[^>]*method="post"[^>]*action="([^"]+)".*?</form>', main, re.S):
        inside = re.sub(r"<fieldset[^>]*disabled.*?</fieldset>", "", form[0], flags=re.S)
        shown = [one for one in re.findall(r"<button[^>]*>", inside) if 'tabindex="-1"' not in one]
        found |= {html.unescape(form[1])} if any('type="submit"' in one for one in shown) else set()
    return found


def test_nothing_that_would_be_refused_can_be_pressed(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        access = nexus.kernel.access
        access.roles.save(Role(name="auditor", title="Auditor", grants=(_may("access.view"),)), by=SYSTEM)
        lou = access.users.create("lou@example.com", password=PASSWORD, roles=("auditor",), by=SYSTEM)
        access.tokens.create(lou.id, "ci")
        signed_in(nexus)
        client = signed_in(nexus, "lou@example.com")
        for path in (*PAGES, *TABS, f"/users/{lou.id}"):
            answer = client.get(f"/access{path}")
            assert answer.status_code == 200, path
            assert pressable(answer.text) == set(), path
            for forbidden in ("why", "file", "roles/~new"):
                assert client.get(f"/access/{forbidden}").status_code == 403
                assert f'href="/access/{forbidden}"' not in answer.text, path
        assert "?table=shop/orders" in client.get("/access/roles/viewer").text
        assert "Orders" in client.get("/access/roles/viewer?table=shop/orders").text
        refused = client.get("/access/file").text
        assert ">Auditor</span>" in refused, "roles are called by their titles where they are what lacks"
        owner = signed_in(nexus)
        assert len(pressable(owner.get(f"/access/users/{lou.id}").text)) == 2


def _may(action: str) -> Grant:
    return Grant(source="nexus", action=action)
