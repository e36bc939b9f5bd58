"""Random expressions over the shop: every operator of every kind, along every relation."""

from typing import Any

from hypothesis import strategies as st

from nexus_admin.domain.expression import And, Comparison, Count, Expression, Not, Or, Quantified, Search, Variable
from nexus_admin.domain.kinds import PERIODS, family, operators
from nexus_admin.domain.resource import Field, Resource, Schema
from tests.language.world import TEXTS

_NUMBERS = st.one_of(
    st.integers(-3, 6), st.sampled_from([0.5, 2.25, -1.75, "1.50", "2.0", 1e3, "1e-7", 10**12, "0.1000000000000000055"])
)
_DATES = st.sampled_from(["2026-03-01", "2026-03-17", "2026-03-18", "2026-03-25", "2025-01-01", Variable("today"),
                          Variable("today", "-7 days"), Variable("today", "+1 months")])  # fmt: skip
_MOMENTS = st.one_of(
    _DATES,
    st.sampled_from(["2026-03-17T23:59:59.999999Z", "2026-03-01T00:00:00+02:00", "2026-03-18 15:30", Variable("now"),
                     Variable("now", "-3 hours"), Variable("now", "+2 years")]),
)  # fmt: skip
_SPANS = st.builds(
    "{} {}".format, st.integers(0, 40), st.sampled_from(["days", "weeks", "months", "years"])
)  # fmt: skip
_TEXTS = st.one_of(st.sampled_from(TEXTS), st.sampled_from([Variable("me.country"), Variable("me")]))


def value_of(field: Field) -> st.SearchStrategy[Any]:
    match family(field.kind):
        case "number" if field.kind == "integer":
            return st.one_of(st.integers(-3, 30), st.just(10**12), st.just("2"), st.just(Variable("me.customer")))
        case "number":
            return _NUMBERS
        case "date":
            return _DATES
        case "datetime":
            return _MOMENTS
        case "time":
            return st.sampled_from(["05:30", "06:30:00", "07:00", "23:59:59.5"])
        case "boolean":
            return st.sampled_from([True, False, "true"])
        case "choice" if field.kind == "uuid":
            return st.integers(0, 4).map(lambda n: f"00000000-0000-0000-0000-00000000000{n}")
        case "choice":
            return st.sampled_from([*(field.choices or ()), Variable("me.country")])
        case "json":
            return st.sampled_from(["GOLD", "plan", "n", "1", "zebra"])
    return _TEXTS


def comparisons(field: Field, path: tuple[str, ...]) -> st.SearchStrategy[Expression]:
    values = value_of(field)

    def one(op: str) -> st.SearchStrategy[Any]:
        if op in ("is_null", "not_null", "is_empty", "not_empty"):
            return st.none()
        if op in ("in", "not_in"):
            lists = st.lists(values, max_size=4).map(tuple)
            return st.one_of(lists, st.just(Variable("me.countries"))) if field.kind == "enum" else lists
        if op == "between":
            return st.tuples(values, values)
        if op == "in_period":
            return st.sampled_from(PERIODS)
        if op in ("in_last", "in_next"):
            fine = st.builds("{} {}".format, st.integers(0, 90), st.sampled_from(["hours", "minutes"]))
            return st.one_of(_SPANS, fine) if field.kind == "datetime" else _SPANS
        return values

    def compared(op: str) -> st.SearchStrategy[Expression]:
        return st.builds(Comparison, st.just(path), st.just(op), one(op))

    return st.sampled_from(operators(field.kind)).flatmap(compared)


def leaves(schema: Schema, resource: Resource, hops: int = 2) -> st.SearchStrategy[Expression]:
    """A comparison of a field here, or at the end of up to *hops* to-one relations."""
    ways: list[st.SearchStrategy[Expression]] = []

    def walk(here: Resource, path: tuple[str, ...], left: int) -> None:
        ways.extend(comparisons(field, (*path, field.name)) for field in here.fields)
        for relation in here.relations:
            if not relation.many and left:
                walk(schema.resource(relation.to), (*path, relation.name), left - 1)

    walk(resource, (), hops)
    return st.one_of(ways)


def trees(schema: Schema, name: str, levels: int = 2) -> st.SearchStrategy[Expression]:
    """An expression over the resource called *name*, quantified up to *levels* deep."""
    resource = schema.resource(name)
    searches = st.sampled_from(["a", "A b", "10", "é", "%", "paid", "  ", "and"]).map(Search)
    base = [leaves(schema, resource), leaves(schema, resource, 0)]
    if levels:
        base.append(searches)
        for relation in resource.relations:
            if relation.many:
                inner = st.none() | st.deferred(lambda to=relation.to: trees(schema, to, levels - 1))
                base += _over((relation.name,), inner)
            else:
                far = schema.resource(relation.to)
                for beyond in far.relations:
                    if beyond.many:
                        inner = st.none() | st.deferred(lambda to=beyond.to: trees(schema, to, 0))
                        base += _over((relation.name, beyond.name), inner)

    def extend(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        many = st.lists(children, max_size=3).map(tuple)
        return st.one_of(many.map(And), many.map(Or), children.map(Not))

    return st.recursive(st.one_of(base), extend, max_leaves=4)


def _over(path: tuple[str, ...], inner: st.SearchStrategy[Expression | None]) -> list[st.SearchStrategy[Expression]]:
    numbers = st.integers(0, 3)
    return [
        st.builds(Quantified, st.sampled_from(["any", "none", "all"]), st.just(path), inner),
        st.builds(Count, st.just(path), st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), numbers, inner),
        st.builds(Count, st.just(path), st.just("between"), st.tuples(numbers, numbers), inner),
    ]
