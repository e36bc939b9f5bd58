"""Headings and icons of the menu."""

from __future__ import annotations

from pathlib import Path

from nexus_admin.data.guesses.menu import _ICONS, groups_of, icon_of


def test_every_icon_is_drawn(repository: Path) -> None:
    drawn = (repository / "nexus_admin/web/frontend/src/icons.svg").read_text("utf-8")
    assert [icon for icon in (*_ICONS, "table", "eye", "link") if f'id="nx-{icon}"' not in drawn] == []


def test_the_last_telling_word_chooses_the_icon() -> None:
    assert icon_of("customers", view=False, joins=False) == "users"
    assert icon_of("order_payments", view=False, joins=False) == "card"
    assert icon_of("OrderItems", view=False, joins=False) == "box"
    assert icon_of("zz", view=False, joins=False) == "table"
    assert icon_of("zz", view=True, joins=False) == "eye"
    assert icon_of("users_groups", view=False, joins=True) == "link"


def test_a_big_menu_gets_headings_from_schemas_and_shared_words() -> None:
    tables = [
        "orders",
        "order_items",
        "order_notes",
        "active_storage_blobs",
        "active_storage_keys",
        "active_storage_logs",
    ]
    many = {name: (None, name, False) for name in [*tables, *(f"{letter}{letter}s" for letter in "abcdefghij")]}
    groups = groups_of({**many, "sales.totals": ("sales", "totals", False), "v": (None, "v", True)})
    assert (groups["orders"], groups["order_items"]) == ("Orders", "Orders")
    assert groups["active_storage_blobs"] == "Active storage"
    assert (groups["sales.totals"], groups["v"], groups["aas"]) == ("Sales", "Views", None)
    assert groups_of({name: (None, name, False) for name in tables})["orders"] is None
