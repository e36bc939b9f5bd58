"""Forms: what was changed is seen, kept and not lost; pickers and codes work by keyboard."""

from playwright.sync_api import Locator, Page, expect

from tests.web.frontend.conftest import Site, until

PEOPLE = {"7": "Hannah Vogel", "8": "Hanna Vogelsang", "9": "Matthias Vogt", "12": "Priya Raman"}

FORM = """<div class="nx-sheet"><form id="edit" method="post" action="/save" x-data="unsaved" data-draft="orders/7/ines">
<div class="nx-banner" data-draft-banner hidden>A draft was kept. <button type="button" data-draft-restore>Restore</button>
<button type="button" data-draft-drop>Forget</button></div>
<div class="nx-field"><label class="nx-field__label" for="f-mail">Email</label><input class="nx-input" id="f-mail" name="mail" value="a@example.com"></div>
<div class="nx-field"><label class="nx-field__label" for="f-status">Status</label><select class="nx-select" id="f-status" name="status">
<option value="new">New</option><option value="packed" selected>Packed</option></select></div>
<div class="nx-field"><label class="nx-field__label" for="f-express">Express</label><input type="checkbox" class="nx-switch" role="switch" id="f-express"
name="express" value="1"></div>
<div class="nx-field"><label class="nx-field__label" for="f-key">Secret</label><input type="password" class="nx-input" id="f-key" name="key"></div>
<div class="nx-field"><label class="nx-field__label" for="f-customer">Customer</label>
<div class="nx-combo" x-data="combobox" data-url="/people" data-optional><input class="nx-input" name="customer" value="12" data-combo-value aria-label="Customer, by key">
<div class="nx-inputbox"><input id="f-customer" role="combobox" aria-autocomplete="list" aria-expanded="false" aria-controls="lb" autocomplete="off"
data-combo-input value="Priya Raman"></div><div class="nx-popover" data-combo-popup hidden><div class="nx-listbox" id="lb" role="listbox"
aria-label="Customers" data-combo-list></div><div class="nx-listbox__foot" data-combo-foot></div></div></div></div>
<button class="nx-btn">Save</button></form>
<dl class="nx-diff" data-changes></dl>
<div class="nx-savebar" role="region" aria-label="Unsaved changes" data-savebar data-for="edit" data-count="0"><span data-changed role="status"
data-one="{n} unsaved change" data-many="{n} unsaved changes"></span><button type="button" data-discard>Discard</button></div></div>"""


def people(query: dict[str, str]) -> dict[str, object]:
    found = [(key, name) for key, name in PEOPLE.items() if query.get("q", "").lower() in name.lower()]
    options = [
        {"value": key, "label": name, "detail": "Germany", "initials": name[0], "hue": "teal"} for key, name in found
    ]
    return {"options": options, "foot": f"{len(options)} of {len(PEOPLE)}"}


def open_form(site: Site, page: Page) -> None:
    site.json("/people", people)
    site.page("/save", "<p data-draft-done='orders/7/ines'>saved</p>")
    page.goto(site.page("/form", FORM))
    until(page, "'Nexus' in window")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Customers").get_by_role("option")


def sent(site: Site) -> dict[str, str]:
    return next(query for method, path, query, _ in site.asked if (method, path) == ("POST", "/save"))


def test_changes_are_marked_counted_and_told_apart(site: Site, watched: Page) -> None:
    open_form(site, watched)
    bar = watched.get_by_role("region", name="Unsaved changes")
    expect(bar).to_be_hidden()
    watched.get_by_label("Email").fill("b@example.com")
    expect(bar).to_contain_text("1 unsaved change")
    watched.get_by_label("Status").select_option("new")
    watched.get_by_label("Express").check()
    expect(bar).to_contain_text("3 unsaved changes")
    expect(watched.locator(".nx-field.is-changed")).to_have_count(3)
    expect(watched.locator(".nx-diff > div").nth(1)).to_contain_text("StatusPackedNew")
    watched.get_by_label("Email").fill("a@example.com")
    expect(bar).to_contain_text("2 unsaved changes")
    watched.get_by_role("button", name="Discard").click()
    expect(bar).to_be_hidden()
    expect(watched.get_by_label("Status")).to_have_value("packed")


def test_ctrl_s_saves_from_within_a_field(site: Site, watched: Page) -> None:
    open_form(site, watched)
    watched.get_by_label("Email").fill("b@example.com")
    watched.keyboard.press("Control+s")
    watched.wait_for_url("**/save")
    assert sent(site)["mail"] == "b@example.com"


def test_leaving_with_changes_asks_once(site: Site, watched: Page) -> None:
    open_form(site, watched)
    asked: list[str] = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    watched.on("dialog", stay)
    watched.get_by_label("Email").fill("b@example.com")
    watched.evaluate("location.assign('/save')")
    watched.wait_for_url("**/save")
    assert asked == ["beforeunload"]


def test_a_draft_survives_a_reload_without_the_secret(site: Site, watched: Page) -> None:
    open_form(site, watched)
    watched.on("dialog", lambda dialog: dialog.accept())
    watched.get_by_label("Email").fill("b@example.com")
    watched.get_by_label("Secret").fill("hunter2")
    until(watched, "localStorage.getItem('nx:draft:orders/7/ines') !== null")
    assert "hunter2" not in watched.evaluate("JSON.stringify(localStorage)")
    watched.reload()
    watched.get_by_role("button", name="Restore").click()
    expect(watched.get_by_label("Email")).to_have_value("b@example.com")
    expect(watched.get_by_role("region", name="Unsaved changes")).to_contain_text("1 unsaved change")


def test_a_saved_draft_is_forgotten(site: Site, watched: Page) -> None:
    open_form(site, watched)
    watched.get_by_label("Email").fill("b@example.com")
    until(watched, "localStorage.getItem('nx:draft:orders/7/ines') !== null")
    watched.get_by_role("button", name="Save").click()
    watched.wait_for_url("**/save")
    until(watched, "localStorage.length === 0")


def test_a_record_is_picked_by_typing_and_arrows(site: Site, watched: Page) -> None:
    open_form(site, watched)
    field = watched.get_by_role("combobox", name="Customer")
    field.fill("vog")
    expect(options(watched)).to_have_count(3)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(watched.locator("mark").first).to_have_text("Vog")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "lb-1")
    field.press("Enter")
    expect(field).to_have_value("Hanna Vogelsang")
    expect(watched.get_by_role("listbox")).to_be_hidden()
    expect(watched.locator(".nx-diff > div")).to_contain_text("CustomerPriya RamanHanna Vogelsang")
    watched.get_by_role("button", name="Save").click()
    watched.wait_for_url("**/save")
    assert sent(site)["customer"] == "8"


def test_escape_restores_and_text_that_was_not_taken_is_no_value(site: Site, watched: Page) -> None:
    open_form(site, watched)
    field = watched.get_by_role("combobox", name="Customer")
    field.fill("matth")
    expect(options(watched)).to_have_count(1)
    field.press("Escape")
    expect(field).to_have_value("Priya Raman")
    field.fill("nobody at all")
    expect(watched.get_by_text("No match")).to_be_visible()
    watched.get_by_label("Email").focus()
    expect(field).to_have_value("Priya Raman")
    field.fill("")
    watched.get_by_label("Email").focus()
    expect(watched.locator("[data-combo-value]")).to_have_value("")


def test_an_option_is_taken_with_the_pointer(site: Site, watched: Page) -> None:
    open_form(site, watched)
    field = watched.get_by_role("combobox", name="Customer")
    field.click()
    expect(options(watched).and_(watched.locator("[aria-selected=true]"))).to_contain_text("Priya Raman")
    options(watched).filter(has_text="Matthias Vogt").click()
    expect(field).to_have_value("Matthias Vogt")


def test_a_pasted_code_fills_six_boxes_and_is_sent_once(site: Site, watched: Page) -> None:
    boxes = "".join(f'<input inputmode="numeric" maxlength="1" aria-label="Digit {n}">' for n in range(1, 7))
    site.page("/save", "in")
    watched.goto(
        site.page(
            "/code",
            f'<form method="post" action="/save"><div class="nx-otp" x-data="otp" role="group" aria-label="Code">{boxes}'
            '<input data-otp-value name="code" aria-label="Code"></div></form>',
        )
    )
    expect(watched.get_by_label("Digit 1")).to_be_focused()
    for key in "417":
        watched.keyboard.press(key)
    expect(watched.get_by_label("Digit 4")).to_be_focused()
    watched.keyboard.press("Backspace")
    expect(watched.get_by_label("Digit 3")).to_be_focused()
    watched.evaluate(
        """() => { const data = new DataTransfer(); data.setData('text', '412 907');
        document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })) }"""
    )
    watched.wait_for_url("**/save")
    assert [query["code"] for method, path, query, _ in site.asked if (method, path) == ("POST", "/save")] == ["412907"]
