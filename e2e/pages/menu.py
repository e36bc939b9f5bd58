"""Every page that the menu leads to, and one of each kind behind them."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

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
    "/s/shop/orders/~exports?filter=status:delivered&fields=number,total",
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
    """Wait for what a page loads late: widgets, neighbours, counts.

    Where others keep the machine or what is followed busy, a page may never be quiet for the half second that is asked
    for; then what there is after a while is looked at.
    """
    with suppress(PlaywrightTimeout):
        page.wait_for_load_state("networkidle", timeout=15_000)
