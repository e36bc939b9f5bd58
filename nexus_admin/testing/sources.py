"""The contract of data sources: one suite that runs unchanged on every engine.

    class TestOurs(SourceContract):
        @pytest.fixture
        def world(self) -> DataSource:
            return make_world("postgresql://…")

The suite holds reading, writing, rights, conflicts and undo against what `contract_world.py` put there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest

from nexus_admin.data.source import DataSource
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    Refused,
    UnknownField,
)
from nexus_admin.domain.expression import Comparison, Variable
from nexus_admin.domain.row import ListRequest, Masked, RowPage
from nexus_admin.testing.contract_world import User

FRENCH = Decision(True, "only France", rows=Comparison(("country",), "eq", "FR"), fingerprint="fr")
NO = Decision(False, "not yours", fingerprint="no")


def narrowed(**access: Any) -> Decision:
    """Return a yes with access to single fields narrowed."""
    return Decision(True, "some fields are not yours", fields=access, fingerprint=repr(sorted(access.items())))


@dataclass(frozen=True)
class Step:
    """One write of an undo, as `Rows.apply` takes it."""

    verb: Literal["create", "update", "delete"]
    resource: str
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    expect: dict[str, Any] = field(default_factory=dict)


class SourceContract:
    """What every source must do. Subclasses give the fixture `world`, filled anew for each test."""

    @pytest.fixture
    def world(self) -> DataSource:
        """Return the world on the engine that is tried."""
        raise NotImplementedError

    @pytest.fixture
    def user(self, world: DataSource) -> User:
        """Return somebody who may do everything."""
        return User(world)


class ReadingContract(SourceContract):
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
        tags = _to_many(user, "customers", "tags")
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


class WritingContract(SourceContract):
    """Creating, changing, deleting, tying, within rights and the table's own rules."""

    def test_a_new_row_comes_back_as_the_database_made_it(self, user: User) -> None:
        """A new row comes back as the database made it."""
        change = user.write.create("customers", {"name": "Dora", "born": "1999-01-31", "credit": ""})
        assert change.before is None
        assert change.after["credit"] == Decimal("0.00")
        assert change.after["born"] == date(1999, 1, 31)
        assert user.read.one("customers", change.key)["name"] == "Dora"

    def test_only_what_differs_is_changed(self, user: User) -> None:
        """Only what differs is changed."""
        change = user.write.update("customers", "1", {"name": "Ann", "country": "IT"})
        assert change.fields() == ("country",)
        assert (change.before["country"], change.after["country"]) == ("FR", "IT")

    def test_a_key_may_move(self, user: User) -> None:
        """A key may move."""
        change = user.write.update("items", "1,2", {"line": 9})
        assert change.key == "1,9"
        with pytest.raises(NotFound):
            user.read.one("items", "1,2")

    def test_changes_in_other_fields_are_kept_and_the_same_field_is_a_conflict(self, user: User) -> None:
        """Changes in other fields are kept and the same field is a conflict."""
        seen = {"name": "Ann", "country": "FR"}
        user.write.update("customers", "1", {"country": "IT"})
        change = user.write.update("customers", "1", {"name": "Anna", "country": "FR"}, seen)
        assert (change.after["name"], change.after["country"]) == ("Anna", "IT")
        with pytest.raises(Conflict) as caught:
            user.write.update("customers", "1", {"country": "ES"}, seen)
        assert caught.value.fields == {"country": {"base": "FR", "theirs": "IT", "yours": "ES"}}

    def test_a_version_that_is_no_longer_true_is_refused(self, user: User) -> None:
        """A version that is no longer true is refused."""
        version = user.read.version(user.read.one("customers", "1"))
        user.write.update("customers", "1", {"country": "IT"}, version=version)
        with pytest.raises(PreconditionFailed):
            user.write.update("customers", "1", {"country": "ES"}, version=version)

    @pytest.mark.parametrize(
        ("values", "field", "sentence"),
        [
            ({"name": "Eve", "email": "ann@example.com"}, "email", "has this value already"),
            ({"name": None}, "name", "Needs a value."),
            ({"email": "x@example.com"}, "name", "Needs a value."),
            ({"name": "Eve", "credit": "-1"}, "credit", "ule 'credit_not_negative'|at least 0"),
            ({"name": "E" * 41}, "name", "At most 40 characters"),
            ({"name": "Eve", "nmae": "x"}, "nmae", "Did you mean 'name'"),
            ({"name": "Eve", "born": "31.12.1999"}, "born", "Must be a date"),
            ({"name": "Eve", "extra": "{"}, "extra", "Is not JSON"),
        ],
    )
    def test_what_breaks_a_rule_is_said_at_its_field(
        self, user: User, values: dict[str, Any], field: str, sentence: str
    ) -> None:
        """What breaks a rule is said at its field."""
        with pytest.raises(Invalid, match=sentence) as caught:
            user.write.create("customers", values)
        assert list(caught.value.fields) == [field]

    def test_a_row_that_points_nowhere_is_said_at_its_field(self, user: User) -> None:
        """A row that points nowhere is said at its field."""
        with pytest.raises(Invalid) as caught:
            user.write.create("orders", {"customer_id": 999, "total": "1"})
        assert caught.value.fields == {"customer_id": "There is no such row in customers."}

    def test_a_deletion_records_every_row_that_it_takes_along(self, user: User) -> None:
        """A deletion records every row that it takes along."""
        changes = user.write.delete("customers", "2")
        assert changes[-1].resource == "customers"
        found = [(one.resource, one.verb) for one in changes]
        assert found.count(("orders", "delete")) == 10
        assert found.count(("items", "delete")) == 20
        assert found.count(("customer_tags", "delete")) == 1
        review = next(one for one in changes if one.resource == "reviews")
        assert (review.verb, review.before["customer_id"], review.after["customer_id"]) == ("update", 2, None)

    def test_a_row_that_others_hold_is_not_deleted(self, user: User) -> None:
        """A row that others hold is not deleted."""
        with pytest.raises(Refused, match="still used by"):
            user.write.delete("orders", "2")
        assert user.read.count("items", ListRequest(), "exact").value == 60

    def test_the_impact_of_a_deletion_is_counted_before(self, user: User) -> None:
        """The impact of a deletion is counted before."""
        impact = user.read.impact("customers", "2")
        found = {(hit.resource, hit.effect): hit.count for hit in impact.hits}
        assert found == {
            ("orders", "delete"): 10,
            ("items", "delete"): 20,
            ("reviews", "set null"): 1,
            ("customer_tags", "delete"): 1,
        }
        assert not impact.blocked
        assert user.read.impact("customers", "3").blocked

    def test_a_row_may_not_be_written_out_of_ones_rule(self, world: DataSource) -> None:
        """A row may not be written out of ones rule."""
        user = User(world, {"customers": FRENCH})
        with pytest.raises(Forbidden):
            user.write.create("customers", {"name": "Eve", "country": "DE"})
        with pytest.raises(Forbidden):
            user.write.update("customers", "1", {"country": "DE"})
        with pytest.raises(NotFound):
            user.write.update("customers", "2", {"name": "x"})
        with pytest.raises(NotFound):
            user.write.delete("customers", "2")
        assert user.read.count("customers", ListRequest(), "exact").value == 2

    def test_a_field_that_is_not_ours_is_not_written(self, world: DataSource) -> None:
        """A field that is not ours is not written."""
        user = User(world, {"customers": narrowed(country="read", credit="hidden", email="masked")})
        for name in ("country", "email"):
            with pytest.raises(Forbidden, match=name.title()):
                user.write.update("customers", "1", {name: "x"})
        with pytest.raises(Invalid, match="There is no such field"):
            user.write.update("customers", "1", {"credit": "1"})

    def test_a_deletion_takes_nothing_along_that_the_actor_may_not_delete(self, world: DataSource) -> None:
        """A deletion takes nothing along that the actor may not delete."""
        with pytest.raises(Forbidden, match="Orders"):
            User(world, {("row.delete", "orders"): NO}).write.delete("customers", "2")
        cheap = Decision(True, "small ones", rows=Comparison(("total",), "lt", 10), fingerprint="cheap")
        with pytest.raises(Forbidden, match="Orders"):
            User(world, {("row.delete", "orders"): cheap}).write.delete("customers", "2")
        assert User(world).read.count("orders", ListRequest(), "exact").value == 30

    def test_rows_are_tied_and_untied_through_a_join_table(self, user: User) -> None:
        """Rows are tied and untied through a join table."""
        tags = _to_many(user, "customers", "tags")
        change = user.write.link("customers", "3", tags, "1")
        assert (change.resource, change.after) == ("customer_tags", {"customer_id": 3, "tag_id": 1})
        with pytest.raises(Invalid):
            user.write.link("customers", "3", tags, "1")
        assert user.write.unlink("customers", "3", tags, "1").after is None
        with pytest.raises(NotFound):
            user.write.unlink("customers", "3", tags, "1")

    def test_a_deletion_can_be_taken_back_exactly(self, user: User) -> None:
        """A deletion can be taken back exactly."""
        before = [user.read.list(name, ListRequest(limit=100)).rows for name in _ALL]
        changes = user.write.delete("customers", "2")

        with user.source.write() as connection:
            for one in reversed(changes):
                verb: Literal["create", "update"] = "create" if one.after is None else "update"
                step = Step(verb, one.resource, one.key, dict(one.before), dict(one.after or {}))
                user.rows(connection).apply(step)
        after = [user.read.list(name, ListRequest(limit=100)).rows for name in _ALL]
        assert after == before

    def test_a_step_back_compares_before_it_writes(self, user: User) -> None:
        """A step back compares before it writes."""
        change = user.write.update("customers", "1", {"country": "IT"})
        user.write.update("customers", "1", {"country": "ES"})
        step = Step("update", "customers", "1", {"country": "FR"}, {"country": change.after["country"]})
        with pytest.raises(Conflict):
            user.write.apply(step)
        step = Step("update", "customers", "1", {"country": "FR"}, {"country": "ES"})
        assert user.write.apply(step)[0].after["country"] == "FR"
        with pytest.raises(Conflict):
            user.write.apply(Step("create", "customers", "1", {"id": 1, "name": "x"}))

    def test_values_of_every_kind_are_written_and_read_back(self, user: User) -> None:
        """Values of every kind are written and read back."""
        values = {
            "credit": Decimal("12345678.90"), "active": False, "born": date(1, 1, 1), "notes": "a\nb\t'\"\\%_:x é 😀",
            "seen": datetime(2025, 2, 28, 23, 59, 59), "extra": {"a": [1, None, "x"]}, "photo": bytes(range(256)),
        }  # fmt: skip
        after = user.write.update("customers", "1", values).after
        assert {name: after[name] for name in values} == values
        assert user.write.update("customers", "1", values).fields() == ()
        for name, text in (("active", "true"), ("extra", "[1, 2]"), ("born", ""), ("credit", "1.5")):
            assert user.write.update("customers", "1", {name: text}).fields() == (name,)


_ALL = ("customers", "orders", "items", "reviews", "customer_tags")


def _to_many(user: User, resource: str, to: str) -> str:
    relations = user.source.schema.resource(resource).relations
    return next(one.name for one in relations if one.to == to and one.through is not None)
