"""Whoever asks, and however: what comes is what Python says of rule and filter, and nothing of a hidden field."""

import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from nexus_admin.data.source import DataSource
from nexus_admin.data.values.keys import key_of
from nexus_admin.domain.decision import Decision, denied
from nexus_admin.domain.errors import BadExpression, Forbidden, NexusError, NotFound, UnknownField
from nexus_admin.domain.expression import Comparison, Count, Expression, Quantified, Search
from nexus_admin.domain.kinds import family
from nexus_admin.domain.query import Dimension, Measure, Query
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.row import ListRequest, Masked, Row
from nexus_admin.language.aggregates import aggregate_statement
from nexus_admin.language.paths import Sight
from tests.data.rows.market import NAMES, VARIABLES, Member, market
from tests.language.trees import leaves, trees
from tests.services import MARIADB, POSTGRES, Absent, fresh_database

many = settings(
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
LISTED = ("customers", "orders", "items", "regions", "tags")


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataSource]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("market") / "market.sqlite"
        path.touch()
        with market(str(path)) as made:
            SCHEMAS[made.dialect] = made.schema
            yield made
        return
    try:
        with fresh_database(POSTGRES if request.param == "postgresql" else MARIADB) as url, market(url) as made:
            SCHEMAS[made.dialect] = made.schema
            yield made
    except Absent as reason:
        if os.environ.get("NEXUS_REQUIRE_SERVICES"):
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))


@cache
def expressions(dialect: str, name: str, levels: int) -> st.SearchStrategy[Expression]:
    """Random filters of a table, made once: strategies of trees are dear."""
    return trees(SCHEMAS[dialect], name, levels)


SCHEMAS: dict[str, Schema] = {}
"""Of the market, by dialect."""


@cache
def rules(dialect: str, name: str) -> st.SearchStrategy[Expression]:
    """Row rules: plain ones that let some rows through, and trees along relations."""
    schema = SCHEMAS[dialect]
    return st.one_of(leaves(schema, schema.resource(name), 1), expressions(dialect, name, 1))


@cache
def reaching(dialect: str, name: str) -> st.SearchStrategy[Expression]:
    """Filters whose outcome hangs on which rows of other tables are seen."""
    schema = SCHEMAS[dialect]
    resource = schema.resource(name)
    ways: list[st.SearchStrategy[Expression]] = [
        st.builds(Comparison, st.just(path), st.sampled_from(["is_null", "not_null"]))
        for path in paths(schema, name) if len(path) > 1
    ]  # fmt: skip
    for relation in resource.relations:
        if relation.many:
            way, inner = st.just((relation.name,)), st.none() | leaves(schema, schema.resource(relation.to), 1)
            ways.append(st.builds(Quantified, st.sampled_from(["any", "none", "all"]), way, inner))
            ways.append(st.builds(Count, way, st.sampled_from(["eq", "gt"]), st.integers(0, 3), inner))
    return st.one_of(ways)


@st.composite
def roles(draw: st.DrawFn, schema: Schema) -> dict[str, Decision]:
    """A decision for most tables: a rule, now and then fields hidden or masked, or a no."""
    made = {}
    hides = draw(st.integers(0, 3)) == 0
    for name in NAMES:
        resource, dice = schema.resource(name), draw(st.integers(0, 9))
        if dice == 0 and hides:
            made[name] = denied("Not yours.")
        elif dice < 7:
            names = [one.name for one in resource.fields if one.name not in resource.key]
            access = st.sampled_from(["hidden", "masked"])
            fields = draw(st.dictionaries(st.sampled_from(names), access, max_size=2)) if names and hides else {}
            rule = draw(st.none() | rules(schema.dialect, name))
            made[name] = Decision(True, "test", rows=rule, fields=fields, fingerprint=repr((rule, fields)))
    return made


def paths(schema: Schema, name: str, hops: int = 2) -> list[tuple[str, ...]]:
    """Ways to fields that have an order, over up to *hops* to-one relations."""
    resource = schema.resource(name)
    found = [(one.name,) for one in resource.fields if family(one.kind) not in ("json", "binary")]
    for relation in resource.relations:
        if not relation.many and hops:
            found += [(relation.name, *path) for path in paths(schema, relation.to, hops - 1)]
    return found


@st.composite
def asked(draw: st.DrawFn, schema: Schema) -> tuple[dict[str, Decision], str, Expression | None, list[str]]:
    name = draw(st.sampled_from(LISTED))
    where = draw(st.none() | reaching(schema.dialect, name) | expressions(schema.dialect, name, 2))
    sort = draw(st.lists(st.sampled_from(paths(schema, name)), max_size=3, unique=True))
    return (draw(roles(schema)), name, where,
            [("-" if draw(st.booleans()) else "") + ".".join(path) for path in sort])  # fmt: skip


def has_search(expr: Any) -> bool:
    parts = getattr(expr, "items", None) or [getattr(expr, "item", None), getattr(expr, "where", None)]
    return isinstance(expr, Search) or any(has_search(one) for one in parts if one is not None)


def whole(member: Member, name: str, request: ListRequest) -> list[Row]:
    """All rows of a list, read in pages; hidden fields are not in them, masked ones have no value."""
    decision, resource, found = member.decision(name), member.schema.resource(name), []
    while True:
        page = member.list(name, request)
        for row, key in zip(page.rows, page.keys, strict=True):
            assert row.keys() <= {one.name for one in resource.fields if decision.shows(one.name)}
            assert all(isinstance(value, Masked) for one, value in row.items() if not decision.reads(one))
            assert key == key_of(member.key(name, row))
        found += page.rows
        for relation, titles in page.labels.items():
            way = resource.relation(relation)
            known = {key_of(member.key(way.to, row)) for row in member.visible(way.to)}
            pointed = {key_of([row[ours] for ours, _ in way.pairs]) for row in page.rows
                       if None not in [row[ours] for ours, _ in way.pairs]}  # fmt: skip
            assert set(titles) == known & pointed
        if page.next is None:
            return found
        request = ListRequest(request.where, sort=request.sort, limit=request.limit, cursor=page.next)


@pytest.mark.req("S003-SEC-10", "S003-CRUD-09")
def test_a_list_and_its_count_are_rule_and_filter_in_order(source: DataSource) -> None:
    @settings(many, max_examples=max(150, settings().max_examples))
    @given(asked(source.schema), st.integers(3, 40))
    def holds(asking: tuple[dict[str, Decision], str, Expression | None, list[str]], limit: int) -> None:
        decisions, name, where, sort = asking
        member = Member(source, decisions)
        request = ListRequest(where, sort=tuple(sort), limit=limit)
        if not member.decision(name).allowed:
            with pytest.raises(Forbidden):
                member.list(name, request)
            return
        unknown = not member.may_ask(name, where) or not all(
            member.knows(name, tuple(one.lstrip("-").split("."))) for one in sort
        )
        try:
            expected = member.matching(name, where)
        except BadExpression:
            unknown, expected = True, []
        if unknown:
            with pytest.raises(BadExpression):
                member.list(name, request)
            return
        # What a search looks at depends on what may be read, which Python's evaluation does not know.
        assume(not has_search(where))
        keys = [member.key(name, row) for row in member.sorted(name, expected, sort)]
        assert [member.key(name, row) for row in whole(member, name, request)] == keys
        assert member.user.read.count(name, ListRequest(where), "exact").value == len(keys)
        assert counted(member, Query("market", name, where)) == [(len(keys),)]

    holds()


def counted(member: Member, query: Query) -> list[tuple[Any, ...]]:
    tables, sight = member.source.snapshot.tables, Sight(member.schema, member.decision)
    prepared = aggregate_statement(query, sight, tables, VARIABLES)
    with member.source.read() as connection:
        return [tuple(row) for row in connection.execute(prepared.statement, dict(prepared.params))]


@pytest.mark.req("S003-SEC-10")
def test_a_hidden_field_cannot_be_asked_for_in_any_way(source: DataSource) -> None:
    @many
    @given(st.sampled_from(LISTED), st.data())
    def holds(name: str, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from([one for one in paths(source.schema, name) if one[-1] not in ("id", "line")]))
        end = source.schema.resource(name)
        for step in path[:-1]:
            end = source.schema.resource(end.relation(step).to)
        access = data.draw(st.sampled_from(["hidden", "masked"]))
        rule = data.draw(st.none() | rules(source.dialect, end.name))
        hidden = Decision(True, "test", rows=rule, fields={path[-1]: access}, fingerprint=repr((rule, path, access)))
        member = Member(source, {end.name: hidden})
        text = ".".join(path)
        for request in (ListRequest(sort=(text,)), ListRequest(sort=(f"-{text}",))):
            with pytest.raises(UnknownField):
                member.list(name, request)
        group = Query("market", name, None, (Dimension(path, "g"),), (Measure("count", "n"),))
        largest = Query("market", name, None, (), (Measure("max", "n", path),))
        for query in (group, largest):
            with pytest.raises(UnknownField):
                counted(member, query)
        if len(path) == 1:
            with pytest.raises(UnknownField):
                member.user.read.facets(name, text)

    holds()


@pytest.mark.req("S003-SEC-10")
def test_facets_pickers_titles_and_groups_know_only_rows_inside_the_rule(source: DataSource) -> None:
    @many
    @given(roles(source.schema), st.sampled_from(LISTED), st.data())
    def holds(decisions: dict[str, Decision], name: str, data: st.DataObject) -> None:
        member = Member(source, decisions)
        assume(member.decision(name).allowed)
        rows = member.visible(name)
        path = data.draw(st.sampled_from(paths(source.schema, name, 0)))
        if member.knows(name, path):
            counts = Counter(row[path[0]] for row in rows)
            assert dict(member.user.read.facets(name, path[0])) == counts
            group = Query("market", name, None, (Dimension(path, "g"),), (Measure("count", "n"),))
            assert sorted(number for *_, number in counted(member, group)) == sorted(counts.values())
        keys = {key_of(member.key(name, row)) for row in rows}
        assert {one.key for one in member.user.read.pick(name, "", 100)} == keys
        assert set(member.user.read.titles(name, [key_of(member.key(name, row)) for row in member.rows[name]])) == keys
        for word in ("a", "50%", "10", "paid"):
            assert {one.key for one in member.user.read.pick(name, word, 100)} <= keys

    holds()


@pytest.mark.req("S003-SEC-10")
def test_one_row_and_what_belongs_to_it_are_seen_inside_the_rules_only(source: DataSource) -> None:
    @many
    @given(roles(source.schema), st.sampled_from(LISTED), st.data())
    def holds(decisions: dict[str, Decision], name: str, data: st.DataObject) -> None:
        member = Member(source, decisions)
        assume(member.decision(name).allowed)
        row = data.draw(st.sampled_from(member.rows[name]))
        segment = key_of(member.key(name, row))
        if row not in member.visible(name):
            with pytest.raises(NotFound):
                member.user.read.one(name, segment)
            return
        found = member.user.read.one(name, segment)
        decision = member.decision(name)
        assert {one: value for one, value in found.items() if not isinstance(value, Masked)} == {
            one: value for one, value in row.items() if decision.reads(one)
        }
        resource = member.schema.resource(name)
        for relation in resource.relations:
            if not relation.many:
                continue
            if not member.follows(resource, relation):
                with pytest.raises(NexusError):
                    member.user.read.related(name, segment, relation.name, ListRequest())
                continue
            there = member.user.read.related(name, segment, relation.name, ListRequest(limit=1000))
            expected = [member.key(relation.to, one) for one in member.related(relation, row)]
            assert sorted(member.key(relation.to, one) for one in there.rows) == sorted(expected)

    holds()
