"""Every page that the menu leads to, and one of each kind behind them."""

from __future__ import annotations

from playwright.sync_api import Page

from nexus_admin.screens.menu import HOUSE

HOUSE_PAGES = tuple(entry.path for entry, _ in HOUSE)
PAGES = (
    "/",
    "/search?q=tundra",
    "/help",
    "/account",
    "/account/security",
    "/account/appearance",
    *HOUSE_PAGES,
    "/brokers/jobs",
    "/s/brokers/events",
    "/brokers/streams",
    "/brokers/topics",
    "/brokers/store",
    "/dashboards/sales",
    "/dashboards/customers",
    "/access/users",
    "/access/sessions",
    "/access/tokens",
    "/access/why",
    "/access/file",
    "/access/roles/~new",
    "/access/roles/editor",
    "/sources/new",
    "/sources/shop",
    "/s/shop",
    "/s/shop/orders",
    "/s/shop/orders?filter=status:delivered+customer.country:DE",
    "/s/shop/orders?filter=totl:1",
    "/s/shop/orders?search=nothing-is-called-this",
    "/s/shop/orders/~filter?filter=status:delivered+customer.country:DE",
    "/s/shop/orders/~columns",
    "/s/shop/orders/~dashboard",
    "/s/shop/products",
    "/s/shop/orders/81",
    "/s/shop/orders/81?tab=items",
    "/s/shop/orders/81?tab=~history",
    "/s/shop/orders/81/edit",
    "/s/shop/orders/81/delete",
    "/s/shop/orders/new",
    "/s/shop/customers/81",
    "/theme/gallery",
    "/theme/gallery?part=form",
    "/theme/gallery?part=composites",
    "/theme/gallery?part=layouts",
    "/x/completeness",
    "/nowhere",
)


def settle(page: Page) -> None:
    """Wait for what a page loads late: widgets, neighbours, counts."""
    page.wait_for_load_state("networkidle")
