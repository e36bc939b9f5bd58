"""A form of a row, and pickers in any form."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def pick(within: Page | Locator, label: str, words: str, option: str | None = None) -> None:
    """Search in the picker *label* for *words* and take the option that holds them, or *option*."""
    box = within.get_by_role("combobox", name=label)
    box.click()
    box.fill(words)
    within.get_by_role("listbox").get_by_role("option", name=option or words).first.click()


class FormPage:
    """The form of a new row, or of one that is there."""

    def __init__(self, page: Page, table: str, key: object = None) -> None:
        self.page = page
        self.path = f"/s/shop/{table}/{'new' if key is None else f'{key}/edit'}"

    def open(self) -> FormPage:
        """Go there."""
        self.page.goto(self.path)
        return self

    def fill(self, **values: str) -> FormPage:
        """Fill fields by their labels, with _ for blanks; the first letter is capital."""
        for name, value in values.items():
            label = name.replace("_", " ").capitalize()
            self.field(label).fill(value)
        return self

    def field(self, label: str) -> Locator:
        """Return the input with this label."""
        main = self.page.get_by_role("main")
        text, number = (main.get_by_role(role, name=label, exact=True) for role in ("textbox", "spinbutton"))
        return text.or_(number).or_(main.get_by_role("combobox", name=label, exact=True))

    def save(self) -> None:
        """Press the button of the bar below."""
        self.page.get_by_role("region", name="Save").get_by_role("button", name="Save").last.click()
