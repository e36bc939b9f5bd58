"""The list of a table."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class ListPage:
    """A list as people see it: a count, a search, chips, a grid, pages."""

    def __init__(self, page: Page, table: str, source: str = "shop") -> None:
        self.page = page
        self.path = f"/s/{source}/{table}"

    def open(self, query: str = "") -> ListPage:
        """Go there; *query* is what stands behind the question mark."""
        self.page.goto(self.path + (f"?{query}" if query else ""))
        return self

    @property
    def main(self) -> Locator:
        """The page without menu and bars."""
        return self.page.get_by_role("main")

    @property
    def count(self) -> Locator:
        """How many rows there are; it comes after them."""
        return self.page.locator("#nx-count")

    @property
    def rows(self) -> Locator:
        """The rows below the head."""
        return self.main.get_by_role("grid").locator("tbody").get_by_role("row")

    @property
    def names(self) -> Locator:
        """The first cell of each row: a link to it."""
        return self.main.get_by_role("grid").locator("tbody th a, tbody td.is-title a, tbody [data-title] a")

    def row(self, text: str) -> Locator:
        """The row that holds *text*."""
        return self.rows.filter(has_text=text)

    def column(self, title: str) -> Locator:
        """The head of a column."""
        return self.main.get_by_role("columnheader", name=title).first

    def cells(self, title: str) -> list[str]:
        """What stands in a column."""
        heads = self.main.get_by_role("columnheader").all_inner_texts()
        place = [one.strip().split(",")[0] for one in heads].index(title)
        return [one.get_by_role("gridcell").nth(place).inner_text().strip() for one in self.rows.all()]

    def search(self, words: str) -> None:
        """Search, as one does: type and press Enter."""
        box = self.main.get_by_role("searchbox")
        box.fill(words)
        box.press("Enter")

    def tick(self, *texts: str) -> None:
        """Tick the rows that hold these texts."""
        for text in texts:
            self.row(text).get_by_role("checkbox").check()

    def expect_count(self, text: str) -> None:
        """Wait for the count."""
        expect(self.count).to_have_text(text)
