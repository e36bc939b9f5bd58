"""Rights on certain queues, streams, topics and keys, as they are typed on the page of a role."""

from __future__ import annotations

import html

from nexus_admin import Nexus
from nexus_admin.access.book import SOME
from nexus_admin.domain.role import Grant, Role
from tests.web.test_access_page import SYSTEM, Reader, ana, begin, click, nexus

__all__ = ["ana", "nexus"]
PUSH, HEAR = "client.queue.push", "client.topic.subscribe"


def test_names_are_typed_reviewed_and_in_force(ana: Reader, nexus: Nexus) -> None:
    begin(ana, "shipping", "Shipping")
    click(ana, f"cell:{PUSH}:*/*")
    assert "every name" in click(ana, "open:~names")
    typed = {f"only.{PUSH}": "orders.*, mail", f"only.{HEAR}": "orders/#", f"never.{HEAR}": "orders/+/card"}
    page = click(ana, "show", **typed)
    assert 'value="orders.*, mail"' in page
    assert "rules of this role are not drawn" not in page
    click(ana, "save")
    decide = nexus.kernel.access.decide
    user = nexus.kernel.access.users.create("bo@example.com", roles=("shipping",), by=SYSTEM)
    bo = nexus.kernel.access.actor_of_user(user.id)
    assert bo is not None
    asked = (
        (PUSH, "orders.new"),
        (PUSH, "pay"),
        (HEAR, "orders/1"),
        (HEAR, "orders/1/card"),
        (PUSH, SOME),
        (PUSH, None),
    )
    assert [decide(bo, action, "nexus", name).allowed for action, name in asked] == [
        True, False, True, False, True, False,
    ]  # fmt: skip
    opened = ana.open("/access/roles/shipping", table="~names")
    assert 'value="orders/+/card"' in opened
    assert "allowed in part" in opened


def test_names_survive_the_file_and_what_was_not_touched_stays(ana: Reader, nexus: Nexus) -> None:
    grants = (
        Grant(source="nexus", action=PUSH, resource="a.*"), Grant(source="nexus", action="client.*", resource="b"),
        Grant(source="nexus", action="client.store.read", resource="a, b"),
    )  # fmt: skip
    nexus.kernel.access.roles.save(Role(name="named", grants=grants), by=SYSTEM)
    files = nexus.kernel.access.files
    assert files.apply(files.export(), by=SYSTEM).empty
    ana.open("/access/roles/named", table="~names")
    click(ana, "show", **{f"only.{PUSH}": "a.*"})
    assert "2 rules of this role are not drawn" in " ".join(ana.page.split())
    click(ana, "show", **{f"only.{PUSH}": "c"})
    click(ana, "save")
    assert nexus.kernel.access.roles.get("named").grants == (
        *grants[1:],
        Grant(source="nexus", action=PUSH, resource="c"),
    )


def test_a_topic_s_pattern_that_is_none_is_named_when_it_is_saved(ana: Reader, nexus: Nexus) -> None:
    begin(ana, "typo", "Typo")
    click(ana, "open:~names")
    click(ana, "show", **{f"only.{HEAR}": "a/#/b"})
    assert "something follows #" in html.unescape(click(ana, "save"))
    assert "typo" not in nexus.kernel.access.roles.book().roles
