"""The shell: themes, navigation, menus, dialogs, messages, the palette, single keys, charts. And all of it under the strict policy."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.web.frontend.conftest import DIST, Site, until

SHELL = """<div class="nx-app" x-data="nav"><aside class="nx-sidebar" id="side"><a class="nx-nav__item" href="/home" data-shortcut="g h"
title="Home">Home</a></aside><div class="nx-sheet"><header class="nx-topbar" x-data="shortcuts">
<button class="nx-iconbtn nx-topbar__menu" data-nav-open aria-label="Open navigation"><svg class="nx-icon"><use href="{sprite}#nx-menu"/></svg></button>
<button class="nx-iconbtn nx-topbar__rail" data-nav-rail aria-label="Collapse navigation"><svg class="nx-icon"><use href="{sprite}#nx-sidebar"/></svg></button>
<span x-data="theme"><button data-set-theme="light">Light</button><button data-set-theme="dark">Dark</button><button data-set-theme="system">System</button>
<button data-set-density="compact">Compact</button></span>
<span x-data="menu" data-align="end"><button popovertarget="m" class="nx-btn">More</button><div popover id="m" class="nx-menu" role="menu">
<a class="nx-menu__item" role="menuitem" href="#a">Archive</a><button class="nx-menu__item" role="menuitem">Duplicate</button>
<button class="nx-menu__item" role="menuitem">Print</button></div></span>
<input type="search" aria-label="Search" data-shortcut="/"><a href="/new" data-shortcut="n">New order</a>
<a href="/search" data-palette-open>Search or jump to</a>
<a href="/delete" data-dialog-open="confirm">Delete…</a><a href="/fetched" data-dialog-fetch>Rename…</a></header>
<main class="nx-page" id="main"><div id="late"><button x-data="copy" data-copy="abc" data-done="Copied">Copy<span role="status"></span></button></div></main></div></div>
<dialog class="nx-modal" id="confirm" x-data="dialog" aria-label="Delete 1,204 orders"><form method="dialog"><div class="nx-modal__body">
<label>Why <input autofocus></label></div>
<div class="nx-modal__foot"><button data-dialog-close type="button">Keep</button><button>Delete 1,204 orders</button></div></form></dialog>
<dialog class="nx-modal" id="nx-dialog" x-data="dialog"></dialog>
<dialog class="nx-palette" x-data="palette" data-url="/palette" data-scope="orders" aria-label="Command palette"><div class="nx-palette__input">
<input data-palette-input role="combobox" aria-expanded="true" aria-controls="pal" aria-label="Search or run a command" autocomplete="off">
<span class="nx-tag" data-palette-scope>Orders</span></div><div class="nx-palette__list" id="pal" role="listbox" aria-label="Results" data-palette-list></div></dialog>
<div class="nx-toasts" id="nx-toasts" x-data="toasts" role="region" aria-label="Messages"><div class="nx-toast" data-toast role="status" data-seconds="{seconds}">
<p>3 orders moved to Packed</p><form data-undo method="post" action="/undo"><button class="nx-btn">Undo</button></form>
<button data-dismiss aria-label="Dismiss"></button></div></div>"""


def open_shell(site: Site, page: Page, seconds: int = 0) -> None:
    for path in ("/home", "/new", "/undo", "/order/7", "/orders"):
        site.page(path, f"<h1>{path}</h1>")
    site.json("/palette", palette)
    site.answers["/fetched"] = lambda _: (
        '<form method="dialog"><label>Name <input autofocus name="name"></label></form>'
    )
    sprite = "/dist/" + json.loads((DIST / "manifest.json").read_text())["icons.svg"]
    page.goto(site.page("/shell", SHELL.format(sprite=sprite, seconds=seconds)))
    until(page, "document.querySelector('[popovertarget][aria-expanded]') !== null")


def palette(query: dict[str, str]) -> dict[str, object]:
    options = [{"label": "Hannah Vogel", "detail": "Leipzig", "meta": "Customer", "href": "/order/7", "initials": "HV"}]
    commands = [{"label": "Go to orders", "href": "/orders", "icon": "cart", "kbd": "G O"}]
    wanted = query.get("q", "").lower()
    groups = [("Records", options), ("Go to", commands)]
    return {
        "groups": [
            {"label": name, "options": [o for o in all_ if wanted in str(o["label"]).lower()]} for name, all_ in groups
        ]
    }


def test_a_theme_is_set_at_once_and_remembered_for_the_server(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    expect(watched.get_by_role("button", name="System")).to_have_attribute("aria-pressed", "true")
    watched.get_by_role("button", name="Dark").click()
    expect(watched.locator("html")).to_have_attribute("data-theme", "dark")
    expect(watched.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    watched.get_by_role("button", name="Compact").click()
    cookies = {cookie["name"]: cookie["value"] for cookie in watched.context.cookies()}
    assert (cookies["nx_theme"], cookies["nx_density"]) == ("dark", "compact")
    watched.get_by_role("button", name="System").click()
    assert watched.evaluate("document.documentElement.hasAttribute('data-theme')") is False


def test_without_a_choice_the_system_decides_and_the_dark_tokens_are_the_same(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    tokens = """() => Object.fromEntries([...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).flatMap(function rules(rule) {
        return rule.selectorText ? [...rule.style] : [...(rule.cssRules ?? [])].flatMap(rules) }).filter((name) => name?.startsWith('--nx-'))
        .map((name) => [name, getComputedStyle(document.documentElement).getPropertyValue(name)]))"""
    watched.emulate_media(color_scheme="dark")
    by_system = watched.evaluate(tokens)
    watched.emulate_media(color_scheme="light")
    light = watched.evaluate(tokens)
    watched.get_by_role("button", name="Dark").click()
    assert watched.evaluate(tokens) == by_system
    assert light["--nx-color-surface"] != by_system["--nx-color-surface"]
    assert len(light) > 150


def test_the_sidebar_becomes_a_rail_on_a_desk_and_an_overlay_on_a_phone(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    watched.get_by_label("Collapse navigation").click()
    expect(watched.locator(".nx-app")).to_have_attribute("data-nav", "rail")
    assert any(cookie["name"] == "nx_nav" and cookie["value"] == "rail" for cookie in watched.context.cookies())
    watched.set_viewport_size({"width": 390, "height": 800})
    opener = watched.get_by_label("Open navigation")
    opener.click()
    expect(watched.locator(".nx-sidebar")).to_be_visible()
    expect(watched.get_by_role("link", name="Home")).to_be_focused()
    watched.keyboard.press("Escape")
    expect(watched.locator(".nx-sidebar")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_menu_opens_by_its_button_and_is_walked_with_keys(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    button = watched.get_by_role("button", name="More")
    button.focus()
    watched.keyboard.press("ArrowDown")
    expect(watched.get_by_role("menuitem", name="Archive")).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    watched.keyboard.press("ArrowUp")
    expect(watched.get_by_role("menuitem", name="Print")).to_be_focused()
    watched.keyboard.press("d")
    expect(watched.get_by_role("menuitem", name="Duplicate")).to_be_focused()
    watched.keyboard.press("Escape")
    expect(watched.get_by_role("menu")).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    menu, near = watched.get_by_role("menu").bounding_box(), button.bounding_box()
    assert menu
    assert near
    assert abs(menu["y"] - near["y"] - near["height"] - 4) < 5
    watched.mouse.click(5, 400)
    expect(watched.get_by_role("menu")).to_be_hidden()


def test_a_dialog_keeps_the_focus_and_gives_it_back(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    opener = watched.get_by_role("link", name="Delete…")
    opener.click()
    dialog = watched.get_by_role("dialog", name="Delete 1,204 orders")
    expect(dialog.get_by_label("Why")).to_be_focused()
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_dialog_is_filled_from_the_server(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    watched.get_by_role("link", name="Rename…").click()
    expect(watched.get_by_label("Name")).to_be_focused()
    headers = next(headers for _, path, _, headers in site.asked if path == "/fetched")
    assert (headers["X-Nexus-Fragment"], headers["X-CSRF-Token"]) == ("dialog", "token-1")


def test_a_message_goes_by_itself_and_ctrl_z_still_undoes(site: Site, watched: Page) -> None:
    open_shell(site, watched, seconds=1)
    message = watched.get_by_text("3 orders moved to Packed")
    expect(message).to_be_visible()
    expect(message).to_be_hidden()
    watched.keyboard.press("Control+z")
    watched.wait_for_url("**/undo")
    assert ("POST", "/undo") in [(method, path) for method, path, _, _ in site.asked]


def test_scripts_say_things_as_messages(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    watched.evaluate("Nexus.say('The database did not answer.', 'danger')")
    expect(watched.get_by_role("alert")).to_contain_text("The database did not answer.")
    watched.get_by_role("alert").get_by_role("button", name="Dismiss").click()
    expect(watched.get_by_role("alert")).to_have_count(0)


def test_the_palette_searches_marks_and_goes(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    watched.keyboard.press("Control+k")
    field = watched.get_by_label("Search or run a command")
    expect(field).to_be_focused()
    expect(watched.get_by_role("option")).to_have_count(2)
    watched.keyboard.press("ArrowDown")
    expect(watched.get_by_role("option", selected=True)).to_contain_text("Go to orders")
    field.fill("hann")
    expect(watched.get_by_role("option")).to_have_count(1)
    expect(watched.locator("mark")).to_have_text("Hann")
    assert [query["scope"] for _, path, query, _ in site.asked if path == "/palette"][-1] == "orders"
    field.fill("")
    field.press("Backspace")
    expect(watched.get_by_text("Orders", exact=True)).to_be_hidden()
    field.fill("hann")
    expect(watched.get_by_role("option")).to_have_count(1)
    watched.keyboard.press("Enter")
    watched.wait_for_url("**/order/7")


def test_single_keys_work_outside_of_fields_only(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    watched.keyboard.press("/")
    search = watched.get_by_label("Search", exact=True)
    expect(search).to_be_focused()
    watched.keyboard.type("new")
    expect(search).to_have_value("new")
    watched.locator("main").click()
    watched.keyboard.press("g")
    watched.keyboard.press("h")
    watched.wait_for_url("**/home")


def test_copying_says_so(site: Site, watched: Page) -> None:
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_shell(site, watched)
    watched.get_by_role("button", name="Copy").click()
    expect(watched.get_by_role("button", name="Copy").get_by_role("status")).to_have_text("Copied")
    assert watched.evaluate("navigator.clipboard.readText()") == "abc"


def test_an_icon_of_the_sprite_is_drawn_in_the_colour_of_its_place(site: Site, watched: Page) -> None:
    open_shell(site, watched)
    button = watched.get_by_label("Collapse navigation")
    plain = button.screenshot()
    watched.evaluate("document.querySelector('[data-nav-rail] use').remove()")
    assert button.screenshot() != plain


CHART = {
    "data": [
        {
            "type": "bar",
            "name": "This period",
            "x": ["Web", "Store"],
            "y": [3, 2],
            "customdata": ["/orders?channel=web", "/orders?channel=store"],
        },
        {"type": "line", "name": "Before", "x": ["Web", "Store"], "y": [2, 2], "nx": {"compare": True}},
    ]
}


@pytest.fixture
def charted(site: Site, watched: Page) -> Page:
    site.page("/orders", "rows")
    body = f"""<span x-data="theme"><button data-set-theme="dark">Dark</button></span><section class="nx-widget"><ul class="nx-legend" data-legend></ul>
    <button data-table-toggle>Table</button><table data-chart-table hidden><tr><td>Web</td></tr></table>
    <div class="nx-widget__body"><svg width="600" height="1"></svg><div data-chart x-data="chart" role="img" aria-label="Revenue by channel">
    <script type="application/json">{json.dumps(CHART)}</script></div></div></section>"""
    watched.goto(site.page("/chart", body))
    expect(watched.locator(".bars .point")).to_have_count(2)
    return watched


def test_a_chart_draws_under_the_policy_and_follows_the_theme(charted: Page) -> None:
    ink = "() => getComputedStyle(document.querySelector('.bars .point path')).fill"
    light = charted.evaluate(ink)
    charted.get_by_role("button", name="Dark").click()
    until(charted, f"({ink})() !== {json.dumps(light)}")
    expect(charted.locator(".modebar")).to_have_count(0)


def test_a_click_on_a_mark_goes_to_its_rows(charted: Page) -> None:
    box = charted.locator(".bars .point path").first.bounding_box()
    assert box
    charted.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    charted.mouse.down()
    charted.mouse.up()
    charted.wait_for_url("**/orders?channel=web")


def test_the_legend_switches_series_and_the_table_takes_the_charts_place(charted: Page) -> None:
    charted.get_by_role("button", name="This period").click()
    expect(charted.locator(".bars .point")).to_have_count(0)
    expect(charted.get_by_role("button", name="This period")).to_have_attribute("aria-pressed", "false")
    charted.get_by_role("button", name="Table").click()
    expect(charted.locator("[data-chart-table]")).to_be_visible()
    expect(charted.locator("[data-chart]")).to_be_hidden()
