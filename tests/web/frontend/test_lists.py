"""Lists by hand and by keyboard: picking rows, moving, peeking, late counts, swapping parts."""

import re

from playwright.sync_api import Page, expect

from tests.web.frontend.conftest import Site, until


def row(key: int) -> str:
    return (
        f'<tr data-row="{key}" data-peek="/peek/{key}"><td><input type="checkbox" class="nx-check" name="keys" data-pick '
        f'value="{key}" aria-label="Select order {key}"></td><td><a data-open href="/order/{key}">#{key}</a></td><td>Packed</td></tr>'
    )


def listing(keys: range) -> str:
    rows = "".join(row(key) for key in keys)
    return f"""<main class="nx-sheet"><form id="list" data-region x-data="rowPicker" method="post" action="/bulk">
<table class="nx-grid" role="grid" x-data="gridKeys"><thead><tr>
<th><input type="checkbox" class="nx-check" data-pick-all aria-label="All"></th><th>Order</th><th>Status</th></tr></thead>
<tbody>{rows}</tbody></table><a id="next" href="/list?page=2" data-swap="list" data-swap-history="push">Next page</a>
<input type="hidden" name="everything" value="1" data-everything disabled>
<div class="nx-bulkbar" role="region" aria-label="Selection" data-bulkbar data-count="0">
<span data-picked role="status" data-one="{{n}} selected" data-many="{{n}} selected"></span>
<button type="button" class="nx-btn" data-pick-filter data-said="All ≈ 27,900 selected">Select all ≈ 27,900</button>
<button class="nx-btn" name="status" value="packed">Pack</button><button type="button" data-pick-clear>Clear</button></div></form>
<aside class="nx-drawer nx-drawer--over" id="nx-drawer" role="dialog" aria-label="Record" x-data="drawer" hidden></aside></main>"""


def page_of(query: dict[str, str]) -> str:
    page = int(query.get("page", 1))
    return listing(range(page * 10, page * 10 + 6))


def peek(key: int) -> str:
    return f'<div class="nx-drawer__head"><h2>Order {key}</h2><button data-drawer-close>Close</button></div>'


def open_list(site: Site, page: Page, query: str = "") -> None:
    for key in range(10, 16):
        site.answers[f"/peek/{key}"] = lambda _, key=key: peek(key)
        site.page(f"/order/{key}", f"<h1>Order {key}</h1>")
    page.goto(site.page("/list", page_of) + query)
    until(page, "document.querySelector('td[tabindex]') !== null")


def test_a_range_is_picked_with_shift_and_sent_as_keys(site: Site, watched: Page) -> None:
    open_list(site, watched)
    site.page("/bulk", "done")
    bar = watched.get_by_role("region", name="Selection")
    expect(bar).to_be_hidden()
    watched.get_by_label("Select order 11").click()
    watched.get_by_label("Select order 14").click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    expect(watched.get_by_label("All")).to_have_js_property("indeterminate", True)
    expect(watched.locator("tr[aria-selected=true]")).to_have_count(4)
    watched.get_by_role("button", name="Pack").click()
    watched.wait_for_url("**/bulk")
    method, _, sent, _ = next(each for each in site.asked if each[1] == "/bulk")
    assert (method, sent) == ("POST", {"keys": "11,12,13,14", "status": "packed"})


def test_everything_that_the_filter_finds_is_said_and_sent_as_such(site: Site, watched: Page) -> None:
    open_list(site, watched)
    watched.get_by_label("All").click()
    expect(watched.locator("[data-picked]")).to_have_text("6 selected")
    watched.get_by_role("button", name="Select all ≈ 27,900").click()
    expect(watched.locator("[data-picked]")).to_have_text("All ≈ 27,900 selected")
    expect(watched.locator("[data-everything]")).to_be_enabled()
    watched.get_by_label("Select order 12").click()
    expect(watched.locator("[data-everything]")).to_be_disabled()
    watched.get_by_role("button", name="Clear").click()
    expect(watched.get_by_role("region", name="Selection")).to_be_hidden()


def test_a_tick_does_not_wander_to_another_row_when_new_rows_come_in(site: Site, watched: Page) -> None:
    open_list(site, watched)
    watched.get_by_label("Select order 11").click()
    watched.get_by_role("link", name="Next page").click()
    expect(watched.get_by_label("Select order 21")).not_to_be_checked()
    expect(watched.locator("[data-pick]:checked")).to_have_count(0)
    expect(watched.get_by_role("region", name="Selection")).to_be_hidden()


def test_a_swap_changes_the_address_and_back_brings_the_rows_back(site: Site, watched: Page) -> None:
    open_list(site, watched)
    watched.evaluate("window.sameDocument = true")
    watched.get_by_role("link", name="Next page").click()
    expect(watched.get_by_label("Select order 20")).to_be_visible()
    assert watched.url.endswith("/list?page=2")
    assert watched.evaluate("window.sameDocument")
    asked = next(headers for _, path, query, headers in site.asked if path == "/list" and query.get("page") == "2")
    assert asked["X-Nexus-Fragment"] == "list"
    watched.go_back()
    expect(watched.get_by_label("Select order 10")).to_be_visible()


def test_the_grid_is_one_tab_stop_and_arrows_move_in_it(site: Site, watched: Page) -> None:
    open_list(site, watched)
    watched.locator("td").first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"):
        watched.keyboard.press(key)
    expect(watched.locator("tr[data-row='12'] td").nth(2)).to_be_focused()
    expect(watched.locator("td[tabindex='0']")).to_have_count(1)
    watched.keyboard.press("Home")
    expect(watched.locator("tr[data-row='12'] td").nth(0)).to_be_focused()
    watched.keyboard.press("Control+End")
    expect(watched.locator("tr[data-row='15'] td").nth(2)).to_be_focused()


def test_letters_step_through_rows_pick_them_and_open_them(site: Site, watched: Page) -> None:
    open_list(site, watched)
    watched.keyboard.press("j")
    watched.keyboard.press("x")
    watched.keyboard.press("j")
    watched.keyboard.press("j")
    watched.keyboard.press("Shift+X")
    expect(watched.locator("[data-picked]")).to_have_text("3 selected")
    watched.keyboard.press("k")
    watched.keyboard.press("o")
    watched.wait_for_url("**/order/11")


def test_space_peeks_beside_the_list_and_the_address_holds_it(site: Site, watched: Page) -> None:
    open_list(site, watched)
    watched.keyboard.press("j")
    watched.keyboard.press("ArrowRight")
    watched.keyboard.press(" ")
    drawer = watched.get_by_role("dialog", name="Record")
    expect(drawer).to_contain_text("Order 10")
    assert "peek=10" in watched.url
    watched.keyboard.press("j")
    expect(drawer).to_contain_text("Order 11")
    watched.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert "peek" not in watched.url
    expect(watched.locator("tr[data-row='11'] td").nth(2)).to_be_focused()


def test_a_copied_address_opens_with_its_record(site: Site, watched: Page) -> None:
    open_list(site, watched, "?peek=13")
    expect(watched.get_by_role("dialog", name="Record")).to_contain_text("Order 13")


def test_a_late_count_comes_in_without_moving_anything(site: Site, watched: Page) -> None:
    site.json(
        "/count",
        lambda query: {"text": "27,914", "title": "Counted exactly"} if query else {"text": "≈ 1.0M", "approx": True},
    )
    watched.goto(
        site.page(
            "/late",
            '<p><span class="nx-late" role="status" x-data="lateCount" data-url="/count" data-exact-url="/count?exact=1">…'
            '</span><b id="after">rows</b></p>',
        )
    )
    count = watched.get_by_role("status")
    expect(count).to_have_text("≈ 1.0M")
    expect(count).to_have_class(re.compile("nx-approx"))
    count.click()
    expect(count).to_have_text("27,914")
    expect(count).to_have_attribute("title", "Counted exactly")


def test_a_part_loads_on_its_own_and_one_that_fails_can_be_tried_again(
    site: Site, watched: Page, trouble: list[str]
) -> None:
    def part(query: dict[str, str]) -> str:
        return f'<section id="w{query["n"]}" class="nx-widget"><h2>Widget {query["n"]}</h2></section>'

    waiting = '<section id="w{0}" class="nx-widget"><div data-fragment="{1}" aria-busy="true"><span class="nx-skeleton"></span></div></section>'
    site.answers["/part"] = part
    site.page("/parts", waiting.format(1, "/part?n=1") + waiting.format(2, "/missing?n=2"))
    watched.goto(site.url + "/parts")
    expect(watched.get_by_role("heading", name="Widget 1")).to_be_visible()
    expect(watched.locator("#w1 [data-fragment]")).to_have_count(0)
    expect(watched.get_by_role("status")).to_contain_text("This did not load.")
    assert "404" in trouble.pop()
    site.answers["/missing"] = part
    watched.get_by_role("button", name="Try again").click()
    expect(watched.get_by_role("heading", name="Widget 2")).to_be_visible()
