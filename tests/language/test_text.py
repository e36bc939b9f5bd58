"""The text form: what it means, how it prints, and what it says when it cannot be read."""

from dataclasses import replace

import pytest

from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadExpression, UnknownField, UnknownOperator
from nexus_admin.domain.expression import (
    EVERYTHING,
    MAX_DEPTH,
    MAX_NODES,
    NOTHING,
    And,
    Comparison,
    Count,
    Expression,
    Not,
    Or,
    Quantified,
    Search,
    Variable,
)
from nexus_admin.language.normal import normal
from nexus_admin.language.text import parse, print_text
from tests.language.world import schema_for

SCHEMA = schema_for("sqlite")
PAID = Comparison(("status",), "eq", "paid")
DEAR = Comparison(("total",), "gt", 100)


def where(field: str, op: str, value: object = None) -> Comparison:
    return Comparison(tuple(field.split(".")), op, value)


MEANINGS: list[tuple[str, Expression, str]] = [
    ("", EVERYTHING, ""),
    ("()", EVERYTHING, ""),
    ("not ()", NOTHING, "not ()"),
    ("status:paid", PAID, "status:paid"),
    ("status:=paid", PAID, "status:paid"),
    ('status:"paid"', PAID, "status:paid"),
    ("STATUS:paid", PAID, "status:paid"),
    ("status:paid total:>100", And((PAID, DEAR)), "status:paid total:>100"),
    ("status:paid AND total:>100", And((PAID, DEAR)), "status:paid total:>100"),
    ("status:paid or total:>100", Or((PAID, DEAR)), "status:paid or total:>100"),
    ("a status:paid or total:>100", Or((And((Search("a"), PAID)), DEAR)), "(a status:paid) or total:>100"),
    ("a (status:paid or total:>100)", And((Search("a"), Or((PAID, DEAR)))), "a (status:paid or total:>100)"),
    ("not status:paid", Not(PAID), "not status:paid"),
    ("-status:paid", Not(PAID), "not status:paid"),
    ("not not status:paid", PAID, "status:paid"),
    ("not (status:paid total:>100)", Not(And((PAID, DEAR))), "not (status:paid total:>100)"),
    ("((status:paid))", PAID, "status:paid"),
    ("status:!paid", where("status", "ne", "paid"), "status:!paid"),
    ("status:(paid, packed)", where("status", "in", ("paid", "packed")), "status:(paid, packed)"),
    ("status:paid,packed", where("status", "in", ("paid", "packed")), "status:(paid, packed)"),
    ("status:!(paid)", where("status", "not_in", ("paid",)), "status:!(paid)"),
    ("status:()", where("status", "in", ()), "status:()"),
    ("total:>=100", where("total", "ge", 100), "total:>=100"),
    ("total:<-5", where("total", "lt", -5), "total:<-5"),
    ("total:<=0.50", where("total", "le", 0.5), "total:<=0.5"),
    ("total:1e2", where("total", "eq", 100), "total:100"),
    ("total:100..200", where("total", "between", (100, 200)), "total:100..200"),
    ("total:null", where("total", "is_null"), "total:null"),
    ("total:!null", where("total", "not_null"), "total:!null"),
    ("status:empty", where("status", "is_empty"), "status:empty"),
    ("status:!empty", where("status", "not_empty"), "status:!empty"),
    ('status:"null"', where("status", "eq", "null"), 'status:"null"'),
    ("status:~vog", where("status", "contains", "vog"), "status:~vog"),
    ("status:!~vog", where("status", "not_contains", "vog"), "status:!~vog"),
    ("status:^Vog", where("status", "starts_with", "Vog"), "status:^Vog"),
    ("status:$gel", where("status", "ends_with", "gel"), "status:$gel"),
    ("placed_at:last-30-days", where("placed_at", "in_last", "30 days"), "placed_at:last-30-days"),
    ("placed_at:Next-1-Week", where("placed_at", "in_next", "1 weeks"), "placed_at:next-1-weeks"),
    ("placed_at:this-quarter", where("placed_at", "in_period", "this_quarter"), "placed_at:this-quarter"),
    ("placed_at:today", where("placed_at", "in_period", "today"), "placed_at:today"),
    ("placed:today", where("placed_at", "in_period", "today"), "placed_at:today"),
    ("placed_at:>=2026-03-01T10:30:00Z", where("placed_at", "ge", "2026-03-01T10:30:00Z"),
     "placed_at:>=2026-03-01T10:30:00Z"),
    ("placed_at:@now-7d..@now", where("placed_at", "between", (Variable("now", "-7 days"), Variable("now"))),
     "placed_at:@now-7d..@now"),
    ("status:last-3-days", where("status", "eq", "last-3-days"), "status:last-3-days"),
    ("customer.country:FR", where("customer.country", "eq", "FR"), "customer.country:FR"),
    ("customer.country:(@me.countries)", where("customer.country", "in", (Variable("me.countries"),)),
     "customer.country:(@me.countries)"),
    ("customer.active:true", where("customer.active", "eq", True), "customer.active:true"),
    ("customer:5", where("customer_id", "eq", 5), "customer_id:5"),
    ("customer.region:null", where("customer.region_id", "is_null"), "customer.region_id:null"),
    ("items.any(quantity:>3)", Quantified("any", ("items",), where("quantity", "gt", 3)), "items.any(quantity:>3)"),
    ("items.none()", Quantified("none", ("items",)), "items.none()"),
    ("items.all(quantity:>3 note:null)",
     Quantified("all", ("items",), And((where("quantity", "gt", 3), where("note", "is_null")))),
     "items.all(quantity:>3 note:null)"),
    ("items.count:>3", Count(("items",), "gt", 3), "items.count:>3"),
    ("items.count(quantity:>3):>1", Count(("items",), "gt", 1, where("quantity", "gt", 3)),
     "items.count(quantity:>3):>1"),
    ("customer.orders.count:2..3", Count(("customer", "orders"), "between", (2, 3)), "customer.orders.count:2..3"),
    ("items.any(product.tags.any(label:new))",
     Quantified("any", ("items",), Quantified("any", ("product", "tags"), where("label", "eq", "new"))),
     "items.any(product.tags.any(label:new))"),
    ("raman", Search("raman"), "raman"),
    ("raman sahoo", And((Search("raman"), Search("sahoo"))), "raman sahoo"),
    ('"raman  sahoo"', Search("raman sahoo"), '"raman sahoo"'),
    ('"and"', Search("and"), '"and"'),
    ("2026-03-01", Search("2026-03-01"), "2026-03-01"),
    ("jo@x.com", Search("jo@x.com"), "jo@x.com"),
    ("`Ship To`:^x", where("Ship To", "starts_with", "x"), "`Ship To`:^x"),
    ("ship_to:^x", where("Ship To", "starts_with", "x"), "`Ship To`:^x"),
    ("status:@record.`Ship To`", where("status", "eq", Variable("record.Ship To")), "status:@record.`Ship To`"),
    ("status:@me.team", where("status", "eq", Variable("me.team")), "status:@me.team"),
    ('status:"a \\"b\\" \\\\ c"', where("status", "eq", 'a "b" \\ c'), 'status:"a \\"b\\" \\\\ c"'),
]  # fmt: skip


@pytest.mark.req("S003-CRUD-09")
@pytest.mark.parametrize(("text", "expr", "printed"), MEANINGS, ids=[one[0] for one in MEANINGS])
def test_a_text_means_one_tree_and_the_tree_prints_one_way(text: str, expr: Expression, printed: str) -> None:
    assert parse(text, SCHEMA, "orders") == expr
    assert print_text(expr, SCHEMA, "orders") == printed
    assert parse(printed, SCHEMA, "orders") == expr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("statsu:paid", "orders has no field called 'statsu'. Did you mean 'status'?"),
        ("customer.contry:FR", "customers has no field called 'contry'. Did you mean 'country'?"),
        ("customer.country.x:1", "country is a field of customers, so no path goes through it."),
        ("total:abc", "total expects a number, not 'abc'."),
        ("total:", "A value is missing, at the end."),
        ("total:>", "A value is missing, at the end."),
        ("total:~5", "total (money) cannot be compared with 'contains'. Did you mean 'not_in'?"),
        ("customer.ref:~5", "ref (uuid) cannot be compared with 'contains'. Did you mean 'not_in'?"),
        ("customer.age:1.5", "age expects a whole number, not '1.5'."),
        ("customer.country:XX", "country has no value 'XX'. It has: FR, DE, IT, fr."),
        ("customer.country:FRA", "country has no value 'FRA'. Did you mean 'fr'?"),
        ("customer.born:yesterdy", "born expects a date like 2026-03-01, not 'yesterdy'."),
        ("customer.born:last-3-hours", "born expects days, weeks, months or years, not '3 hours'."),
        ("customer.born:last-3-dayz", "There is no unit of time called 'dayz'. Did you mean 'days'?"),
        ("customer.active:yes", "active expects true or false, not 'yes'."),
        ("customer.ref:12", "ref expects a UUID, not '12'."),
        ("customer.wakes:25:99", "wakes expects a time like 10:30, not '25:99'."),
        ("items.quantity:>3",
         "items leads to many rows. Say items.any(…), items.none(…), items.all(…) or items.count."),
        ("customer.any(age:1)", "customer leads to one row. Say customer.<field>."),
        ("items.some(quantity:1)", "Behind a name, a parenthesis needs .any, .none, .all or .count before it, "
         "at letter 11, before '(quantity:1)'."),
        ("items.count(quantity:1)", "A count is compared with a number, as in :>3, at the end."),
        ("items.count:~3", "items.count (number) cannot be compared with 'contains'. It has: eq, ne, lt, le, gt, ge, "
         "between."),
        ("(status:paid", "This parenthesis is never closed, at letter 1, before '(status:paid'."),
        ("status:paid)", "Something stands here that cannot be read, at letter 12, before ')'."),
        ('status:"paid', "This quote is never closed, at letter 8, before '\"paid'."),
        ("status:paid or", "A condition is missing, at the end."),
        ("or status:paid", "A condition is missing, at letter 1, before 'or status:paid'."),
        ("status:paid and", "A condition is missing, at the end."),
        ("status:(paid packed)", "A list is written (a, b), at letter 8, before '(paid packed)'."),
        ("status:@now-3x", "'x' is no unit; there are min, h, d, w, mo, y, at letter 8, before '@now-3x'."),
        ("status:@mee", "There is no variable called 'mee'. Did you mean 'me'?"),
        ("status:@me-3d", "An offset goes with now and today, not with 'me'."),
        ("total:!>5", "'!' goes with a value, a list, '~', null and empty; say 'not' before the condition, "
         "at letter 7, before '!>5'."),
        ("10:30", "A condition looks like field:value, and a word to search for with a colon needs quotes, "
         "at letter 1, before '10:30'."),
        ("items:5", "items leads to many rows. Say items.any(…), items.none(…), items.all(…) or items.count."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_neighbour_or_its_place(text: str, sentence: str) -> None:
    with pytest.raises(BadExpression) as refused:
        parse(text, SCHEMA, "orders")
    assert str(refused.value) == sentence


def test_a_name_in_another_case_is_refused_where_two_fields_may_be_meant() -> None:
    orders = SCHEMA.resource("orders")
    twin = replace(orders.field("status"), name="STATUS")
    schema = replace(SCHEMA, resources={**SCHEMA.resources, "orders": replace(orders, fields=(*orders.fields, twin))})
    assert parse("STATUS:x", schema, "orders") == where("STATUS", "eq", "x")
    with pytest.raises(BadExpression, match="several fields that 'Status' may mean: 'STATUS' and 'status'"):
        parse("Status:x", schema, "orders")


def test_a_field_that_may_not_be_read_is_answered_like_one_that_does_not_exist() -> None:
    def decide(resource: str) -> Decision:
        return Decision(True, "test", fields={"total": "hidden", "status": "masked"})

    with pytest.raises(UnknownField) as hidden:
        parse("total:>100", SCHEMA, "orders", decide)
    with pytest.raises(UnknownField) as absent:
        parse("totel:>100", SCHEMA, "orders", decide)
    assert str(hidden.value) == "orders has no field called 'total'."
    assert str(absent.value) == "orders has no field called 'totel'."
    with pytest.raises(UnknownField, match="no field called 'status'"):
        parse("status:paid", SCHEMA, "orders", decide)
    with pytest.raises(UnknownField, match=r"no field called 'total'\.$"):
        parse("total.x:1", SCHEMA, "orders", decide)


def test_what_is_too_deep_too_long_or_too_much_is_refused_at_once() -> None:
    assert parse("(" * (MAX_DEPTH - 1) + "status:paid" + ")" * (MAX_DEPTH - 1), SCHEMA, "orders") == PAID
    for text, sentence in (
        ("(" * 50_000, f"nested {MAX_DEPTH} deep"),
        ("-" * 50_000, "cannot be read|condition"),
        ("not " * 10_000 + "a " * 0, "condition"),
        ("status:paid " * (MAX_NODES + 1), f"may have {MAX_NODES} conditions"),
        ("items.any(" * 5_000, f"nested {MAX_DEPTH} deep|no field"),
        ("a" * 100_001, "100,000 letters"),
        (f"status:({', '.join(map(str, range(1001)))})", "may have 1,000 values"),
        ('status:"' + "\\" * 90_000, "never closed"),
        ("total:" + "9" * 5000, "expects a number"),
        ("total:1e400", "expects a number"),
        ("status:" + "x" * 10_001, "10,000 characters"),
        ("status:\x00", "NUL"),
        ("status:\ud800", "not valid Unicode"),
    ):
        with pytest.raises(BadExpression, match=sentence):
            parse(text, SCHEMA, "orders")


def test_equal_questions_have_one_normal_form() -> None:
    nested = And((And((PAID,)), Or((And(()), DEAR)), Not(Not(PAID)), Or((Search("  a   b "),)), Search(" ")))
    assert normal(nested, SCHEMA, "orders") == And((PAID, PAID, Search("a b")))
    assert normal(Or((And((PAID, Or(()))), DEAR)), SCHEMA, "orders") == DEAR
    same = [where("total", "eq", value) for value in (100, 100.0, "100", "1e2", "100.00")]
    assert {print_text(one, SCHEMA, "orders") for one in same} == {"total:100"}
    assert normal(Quantified("any", ("items",), And(())), SCHEMA, "orders") == Quantified("any", ("items",))


@pytest.mark.parametrize(
    ("expr", "error"),
    [
        (where("nope", "eq", 1), UnknownField),
        (where("status", "has", "x"), UnknownOperator),
        (where("status", "eq", None), BadExpression),
        (where("status", "eq", ("a",)), BadExpression),
        (where("status", "in", "a"), BadExpression),
        (where("status", "is_null", 1), BadExpression),
        (where("total", "between", (1,)), BadExpression),
        (where("customer", "eq", 1), BadExpression),
        (where("items", "eq", 1), BadExpression),
        (Quantified("any", ("customer",)), BadExpression),
        (Quantified("any", ()), BadExpression),
        (Comparison((), "eq", 1), BadExpression),
        (Count(("items",), "in", (1,)), UnknownOperator),
    ],
)
def test_what_could_not_be_run_is_not_printed(expr: Expression, error: type[Exception]) -> None:
    with pytest.raises(error):
        print_text(expr, SCHEMA, "orders")
