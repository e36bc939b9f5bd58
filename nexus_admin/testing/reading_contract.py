"""What every source must do when it is read: lists, single rows, counts, labels, pickers, facets, rights."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from nexus_admin.data.source import DataSource
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import (
    BadRequest,
    NotFound,
    UnknownField,
)
from nexus_admin.domain.expression import Comparison, Variable
from nexus_admin.domain.row import ListRequest, Masked, RowPage
from nexus_admin.testing.contract_world import FRENCH, NO, User, WorldContract, narrowed, to_many


class ReadingContract(WorldContract):
    """Lists, single rows, counts, labels, pickers, facets."""

    def test_a_list_has_rows_in_order_with_keys_and_python_values(self, user: User) -> None:
        """A list has rows in order with keys and python values."""
        page: RowPage = user.read.list("customers", ListRequest(sort=("name",)))
        assert page.keys == ["1", "2", "3"]
        first = page.rows[0]
        assert (first["name"], first["credit"], first["born"]) == ("Ann", Decimal("10.00"), date(1990, 2, 28))
        assert first["active"] is True
        assert first["extra"] is None

    def test_pages_follow_each_other_forwards_and_back_without_a_gap(self, user: User) -> None:
        """Pages follow each other forwards and back without a gap."""
        for sort in ((), ("-total",), ("customer_id", "-id")):
            seen: list[str | None] = []
            pages: list[RowPage] = []
            cursor = None
            while True:
                page = user.read.list("orders", ListRequest(sort=sort, limit=7, cursor=cursor))
                pages.append(page)
                seen += page.keys
                cursor = page.next
                if cursor is None:
                    break
            assert len(seen) == len(set(seen)) == 30
            back = user.read.list("orders", ListRequest(sort=sort, limit=7, cursor=pages[2].previous))
            assert back.keys == pages[1].keys

    def test_nulls_come_last_whichever_way_a_list_is_sorted(self, user: User) -> None:
        """Nulls come last, on pages of one row too, forwards and back."""
        for sort, keys in (("born", ["1", "3", "2"]), ("-born", ["3", "1", "2"]), ("-email", ["2", "1", "3"])):
            pages = [user.read.list("customers", ListRequest(sort=(sort,), limit=1))]
            while pages[-1].next:
                pages.append(user.read.list("customers", ListRequest(sort=(sort,), limit=1, cursor=pages[-1].next)))
            assert [page.keys[0] for page in pages] == keys
            for page, earlier in zip(pages[1:], pages, strict=False):
                back = user.read.list("customers", ListRequest(sort=(sort,), limit=1, cursor=page.previous))
                assert back.keys == earlier.keys
            assert pages[0].previous is None

    def test_a_list_may_be_sorted_by_what_related_rows_say(self, user: User) -> None:
        """A to-one path sorts a list, and its pages follow each other."""
        request = ListRequest(sort=("-customer.name", "total"), fields=("customer.name", "total"), limit=12)
        rows, cursor = [], None
        while True:
            page = user.read.list("orders", replace(request, cursor=cursor))
            rows += page.rows
            cursor = page.next
            if cursor is None:
                break
        assert len(rows) == 30
        assert rows == sorted(
            sorted(rows, key=lambda row: row["total"]), key=lambda row: row["customer.name"], reverse=True
        )

    def test_a_cursor_belongs_to_its_sort_and_filter(self, user: User) -> None:
        """A cursor of another sort, of another filter, or one that was bent is refused."""
        cursor = user.read.list("orders", ListRequest(limit=3)).next
        for request in (
            ListRequest(limit=3, cursor=cursor, sort=("-total",)),
            ListRequest(limit=3, cursor=cursor, where=Comparison(("id",), "gt", 3)),
            ListRequest(limit=3, cursor=cursor[:-3]),
            ListRequest(limit=3, cursor="x"),
        ):
            with pytest.raises(BadRequest):
                user.read.list("orders", request)

    def test_a_jump_lands_where_it_should(self, user: User) -> None:
        """An offset skips as many rows."""
        assert user.read.list("orders", ListRequest(limit=2, offset=10, sort=("id",))).keys == ["11", "12"]

    def test_labels_of_related_rows_come_with_the_page(self, user: User) -> None:
        """Labels of related rows come with the page."""
        page: RowPage = user.read.list("orders", ListRequest(limit=5))
        assert set(page.labels["customer"].values()) <= {"Ann", "Bob", "Çelik"}
        assert {str(row["customer_id"]) for row in page.rows} == set(page.labels["customer"])

    def test_labels_come_only_from_what_the_actor_may_list(self, world: DataSource) -> None:
        """Labels come only from what the actor may list."""
        without = User(world, {("row.list", "customers"): NO})
        page = without.read.list("orders", ListRequest(limit=5))
        assert not page.labels.get("customer")
        some = User(world, {("row.list", "customers"): FRENCH})
        page = some.read.list("orders", ListRequest(limit=30))
        assert set(page.labels["customer"]) == {"1", "3"}

    def test_filters_and_searches_narrow_a_list_and_its_count(self, user: User) -> None:
        """Filters and searches narrow a list and its count."""
        request = ListRequest(where=Comparison(("customer", "country"), "eq", "FR"))
        page = user.read.list("orders", request)
        count = user.read.count("orders", request, "exact")
        assert (count.value, count.how) == (len(page.rows), "exact")
        assert user.read.list("customers", ListRequest(search="ELIK")).keys == ["3"]

    def test_a_count_is_labelled_as_what_it_is(self, user: User) -> None:
        """A count is labelled as what it is."""
        for how in ("exact", "capped", "estimate"):
            count = user.read.count("orders", ListRequest(), how)
            assert count.how in ("exact", "capped", "estimate")
            if count.how == "exact":
                assert count.value == 30

    def test_a_row_rule_holds_for_lists_counts_rows_pickers_and_facets(self, world: DataSource) -> None:
        """A row rule holds for lists counts rows pickers and facets."""
        user = User(world, {"customers": FRENCH})
        assert user.read.list("customers", ListRequest()).keys == ["1", "3"]
        assert user.read.count("customers", ListRequest(), "exact").value == 2
        assert [one.key for one in user.read.pick("customers", "", 10)] == ["1", "3"]
        assert dict(user.read.facets("customers", "country", 10)) == {"FR": 2}
        with pytest.raises(NotFound):
            user.read.one("customers", "2")
        assert user.read.titles("customers", ["1", "2"]) == {"1": "Ann"}

    def test_a_rule_may_ask_who_is_asking(self, world: DataSource) -> None:
        """A rule may ask who is asking."""
        mine = Decision(True, "yours", rows=Comparison(("name",), "eq", Variable("me.name")), fingerprint="mine")
        user = User(world, {"customers": mine}, {"name": "Bob"})
        assert user.read.list("customers", ListRequest()).keys == ["2"]
        assert User(world, {"customers": mine}).read.list("customers", ListRequest()).rows == []

    def test_hidden_fields_are_absent_and_masked_ones_are_shapes(self, world: DataSource) -> None:
        """Hidden fields are absent and masked ones are shapes."""
        user = User(world, {"customers": narrowed(email="masked", credit="hidden")})
        row = user.read.one("customers", "1")
        assert row["email"] == Masked("••••")
        assert "credit" not in row
        listed = user.read.list("customers", ListRequest()).rows[0]
        assert listed["email"] == Masked("••••")
        assert "credit" not in listed
        for sort in ("credit", "-email"):
            with pytest.raises(UnknownField):
                user.read.list("customers", ListRequest(sort=(sort,)))
        with pytest.raises(UnknownField):
            user.read.list("customers", ListRequest(fields=("credit",)))
        with pytest.raises(UnknownField):
            user.read.facets("customers", "email", 10)

    def test_fields_may_be_reached_over_to_one_relations(self, user: User) -> None:
        """Fields may be reached over to one relations."""
        page = user.read.list("orders", ListRequest(fields=("id", "customer.country"), limit=3))
        assert set(page.rows[0]) == {"id", "customer.country"}

    def test_what_belongs_to_a_row_is_listed_along_relations(self, user: User) -> None:
        """What belongs to a row is listed along relations."""
        page = user.read.related("customers", "2", "orders", ListRequest(limit=100))
        assert {row["customer_id"] for row in page.rows} == {2}
        assert len(page.rows) == 10
        tags = to_many(user, "customers", "tags")
        page = user.read.related("customers", "1", tags, ListRequest(sort=("label",)))
        assert [row["label"] for row in page.rows] == ["big", "loud"]

    def test_a_picker_searches_titles_on_the_server(self, user: User) -> None:
        """A picker searches titles on the server."""
        options = user.read.pick("customers", "bo", 10)
        assert [(one.key, one.title) for one in options] == [("2", "Bob")]

    def test_a_key_that_is_none_is_not_found(self, user: User) -> None:
        """A key that is none is not found."""
        for key in ("999", "x", "~", "1e3", "99999999999999999999999"):
            with pytest.raises(NotFound):
                user.read.one("customers", key)
