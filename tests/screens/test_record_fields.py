"""The lines of a record: the markup that a template would draw from the same values, whatever they hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jinja2
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_admin.actions.rows.row import Record
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.field_kind import Locale
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.domain.row import Masked, Unreadable
from nexus_admin.screens.field_kinds import KINDS
from nexus_admin.screens.forms.inputs import text_of
from nexus_admin.screens.lists.columns import drawn
from nexus_admin.screens.records.fields import lines_of, shown

BY_NAME = {kind.name: kind for kind in KINDS}
LOCALE = Locale(base="/a&b", sprite="/static/icons.svg")
TEMPLATE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<dt>{% if hint %}<span title="{{ hint }}">{{ title }}</span>{% else %}{{ title }}{% endif %}</dt>
<dd class="nx-value" data-field="{{ name }}"><span class="nx-value__text">{{ html }}</span>
{%- if editable or copy %}<span class="nx-value__acts">
{%- if editable %}<a class="nx-iconbtn nx-iconbtn--xs" href="{{ path }}/edit?only={{ name | urlencode }}" \
data-dialog-fetch data-url="{{ path }}/~field?name={{ name | urlencode }}" aria-label="Edit {{ title }}" \
title="Edit {{ title }}"><svg class=nx-icon aria-hidden=true><use href="{{ sprite }}#nx-edit"/></svg></a>{% endif %}
{%- if copy %}<button type="button" class="nx-iconbtn nx-iconbtn--xs" data-needs-script x-data="copy" \
data-copy="{{ copy }}" data-done="Copied" aria-label="Copy {{ title }}" title="Copy {{ title }}">\
<svg class=nx-icon aria-hidden=true><use href="{{ sprite }}#nx-copy"/></svg>\
<span class="nx-vh" role="status"></span></button>{% endif %}
  </span>{% endif %}
</dd>
""")
HOSTILE = st.text(max_size=30) | st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='x", "</dd><b>", "&lt;", "&amp;#39;",
     "javascript:alert(1)", "http://a.example/\"'<>", "{{ 7 * 7 }}", "a@b.example\"'", "\x00", "🦀‮", "", " "]
)  # fmt: skip
VALUES = st.one_of(
    HOSTILE, st.none(), st.booleans(), st.integers(), st.decimals(allow_nan=False), st.binary(max_size=8),
    st.datetimes(), st.dates(), st.builds(Masked, HOSTILE), st.builds(Unreadable, HOSTILE),
    st.lists(HOSTILE, max_size=4),
)  # fmt: skip
DRAWN_FROM_ANYTHING = [
    one.name for one in KINDS if one.name not in ("integer", "decimal", "money", "percent", "duration")
]
SELDOM = st.sampled_from([False, False, False, False, True])
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@st.composite
def fields(draw: st.DrawFn) -> Field:
    return Field(
        draw(NAMES), draw(HOSTILE), draw(st.sampled_from(DRAWN_FROM_ANYTHING)), comment=draw(st.none() | HOSTILE),
        secret=draw(SELDOM), writable=not draw(SELDOM), generated=draw(SELDOM),
        relation=draw(st.none() | st.just("owner")),
    )  # fmt: skip


def record_of(field: Field, value: Any, writes: bool, **more: Any) -> Record:
    owner = Relation("owner", "Owner", "people <b>", many=False, pairs=((field.name, "id"),))
    resource = Resource("shop", "things", "things", "Things", "Thing", fields=(field,), relations=(owner,))
    decision = Decision(True, "", default_access="write" if writes else "read", fingerprint=str(writes))
    schema = Schema("shop", "sqlite", {"things": resource})
    return Record(schema, resource, decision, {field.name: value}, "7", "7", may=frozenset({"row.update"}), **more)


def as_a_template_draws(record: Record, field: Field, value: Any, path: str) -> str:
    """The same line, said in another way: what may be done is worked out anew, and all escaping is the template's."""
    kind = BY_NAME[field.kind]
    readable = not isinstance(value, Masked | Unreadable)
    html = drawn(field, kind, LOCALE, record.labels, record.resource, short=False)(value)
    may = record.decision.writes(field.name) and field.writable and not (field.generated or field.secret)
    plain = value is not None and readable and not isinstance(value, bytes) and not field.secret
    return TEMPLATE.render(
        hint=field.comment, title=field.title, name=field.name, html=html, path=path, sprite=LOCALE.sprite,
        editable=may and kind.editor != "none" and readable, copy=text_of(value) if plain else "",
    ) + "\n"  # fmt: skip


@settings(max_examples=200)
@given(field=fields(), value=VALUES, writes=st.booleans(), label=HOSTILE)
def test_a_line_is_what_a_template_would_draw(field: Field, value: Any, writes: bool, label: str) -> None:
    record = record_of(field, value, writes, labels={"owner": {"7": label}})
    path = f"{LOCALE.base}/s/shop/things/7"
    ((_, one),) = shown(record, lines_of(record, BY_NAME.__getitem__, LOCALE), LOCALE, path)
    assert str(one.line) == as_a_template_draws(record, field, value, path)


def test_numbers_are_written_as_their_kind_says_and_copied_as_they_are() -> None:
    record = record_of(Field("total", "Total", "money", unit="EUR", scale=2), Decimal("1234.5"), writes=True)
    ((_, one),) = shown(record, lines_of(record, BY_NAME.__getitem__, LOCALE), LOCALE, "/s/shop/things/7")
    assert one.html == "€1,234.50"
    assert 'data-copy="1234.5"' in one.line


def test_of_a_field_that_is_not_in_the_row_there_is_nothing() -> None:
    record = record_of(Field("pay", "Pay", "money"), None, writes=True)
    lines = lines_of(record, BY_NAME.__getitem__, LOCALE)
    record.row.clear()
    assert shown(record, lines, LOCALE, "/s/shop/things/7") == []
