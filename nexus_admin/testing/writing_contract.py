"""What every source must do when it is written: rules of the table, rights, conflicts, undo."""

from __future__ import annotations

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
)
from nexus_admin.domain.expression import Comparison
from nexus_admin.domain.row import ListRequest
from nexus_admin.testing.contract_world import FRENCH, NO, Step, User, WorldContract, narrowed, to_many

_TOUCHED = ("customers", "orders", "items", "reviews", "customer_tags")


class WritingContract(WorldContract):
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
        tags = to_many(user, "customers", "tags")
        change = user.write.link("customers", "3", tags, "1")
        assert (change.resource, change.after) == ("customer_tags", {"customer_id": 3, "tag_id": 1})
        with pytest.raises(Invalid):
            user.write.link("customers", "3", tags, "1")
        assert user.write.unlink("customers", "3", tags, "1").after is None
        with pytest.raises(NotFound):
            user.write.unlink("customers", "3", tags, "1")

    def test_a_deletion_can_be_taken_back_exactly(self, user: User) -> None:
        """A deletion can be taken back exactly."""
        before = [user.read.list(name, ListRequest(limit=100)).rows for name in _TOUCHED]
        changes = user.write.delete("customers", "2")

        with user.source.write() as connection:
            for one in reversed(changes):
                verb: Literal["create", "update"] = "create" if one.after is None else "update"
                step = Step(verb, one.resource, one.key, dict(one.before), dict(one.after or {}))
                user.rows(connection).apply(step)
        after = [user.read.list(name, ListRequest(limit=100)).rows for name in _TOUCHED]
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
