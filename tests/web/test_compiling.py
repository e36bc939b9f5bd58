"""Templates say and draw what Jinja by itself would; they only take less time for it."""

import jinja2
import pytest
from markupsafe import Markup

from nexus_admin.domain.field_kind import Locale
from nexus_admin.screens.icons import icon
from nexus_admin.web.compiling import Templates

TEMPLATES = {
    "frame.html": "<h1>{% block title %}{% endblock %}</h1>{% block body %}none{% endblock %}<i>{{ self.title() }}</i>",
    "page.html": """{% extends "frame.html" %}{% from "part.html" import marked %}
{% block title %}{{ _("A <b>") }} & {{ name }}{% endblock %}
{% block body %}{{ super() }}{% for one in ones if one %}
{%- if loop.first %}{{ icon("edit") }}{% else %}{{ icon(one, "sm") }}{% endif %}
{{- icon("sun" if loop.first else "moon") ~ marked(one) }}{% include "line.html" %}{% endfor %}{% endblock %}""",
    "line.html": '[{{ one }} {{ _("is") ~ "!" }} {{ icon("x", "xs") }}]',
    "part.html": '{% macro marked(text) %}<mark>{{ text }} {{ _("ok") }}</mark>{% endmacro %}',
}
LOCALE = Locale(sprite='/icons.svg?a="&amp;')


def drawn(kind: type[jinja2.Environment]) -> str:
    environment = kind(loader=jinja2.DictLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined)
    environment.globals["_"] = str.upper
    return environment.get_template("page.html").render(
        name="<me>", ones=["a", "", "b<"], sprite=LOCALE.sprite, icon=lambda *given: icon(given[0], LOCALE, *given[1:])
    )


def test_a_page_is_the_same_as_by_jinja_alone() -> None:
    plain = drawn(jinja2.Environment)
    assert drawn(Templates) == plain
    assert "A &lt;B&gt; &amp; &lt;me&gt;" in plain.replace(" & ", " &amp; ")


def test_a_template_gives_its_text_away_at_once() -> None:
    environment = Templates(loader=jinja2.DictLoader(TEMPLATES), autoescape=True)
    environment.globals["_"] = str
    template = environment.from_string("{% for one in range(9) %}{% if one %}<b>{{ one }}</b>{% endif %}{% endfor %}")
    assert len([one for one in template.root_render_func(template.new_context({})) if one]) == 1


def test_an_icon_is_what_the_screens_draw() -> None:
    environment = Templates(autoescape=True)
    told = {"sprite": LOCALE.sprite}
    assert Markup(environment.from_string('{{ icon("edit", "sm") }}').render(told)) == icon("edit", LOCALE, "sm")


LOOPS = (
    '{% for a, b in [("x", _("say <it>")), ("y", one.two)] %}<i class="{{ a }}">{{ b }}{{ icon(a) }}'
    '{% if a == "x" %}!{% endif %}</i>{% endfor %}',
    "{% for a in (1, 2) %}{{ a }}{% for b in [3, 4] %}{{ a }}{{ b }}{{ outer }}{% endfor %}{% endfor %}",
    "{% for a in [1, 2] %}{{ loop.index }}{{ a }}{% endfor %}",
    "{% for a in [1, 2] %}{% set kept = a %}{{ kept }}{% endfor %}{{ kept is defined }}",
    "{% for a in [] %}never{% else %}none{% endfor %}{% for a in [1, 2, 3] if a > 1 %}{{ a }}{% endfor %}",
    "{% for a in [outer | upper, outer] %}{{ a }}{% endfor %}{% for outer in [7] %}{{ outer }}{% endfor %}{{ outer }}",
    "{% for a in [1, 2] %}{% for a in many %}{{ a }}{% endfor %}{{ a }}{% endfor %}",
    "{% for a, b in [(1, 2), pair] %}{{ a }}{{ b }}{% endfor %}"
    "{% for a in [outer, missing] if a is defined %}{{ a }}{% endfor %}",
    "{% macro m(x) %}({{ x }}){% endmacro %}"
    "{% for a in [outer, 2] %}{{ m(a) }}{{ {a: a}[a] }}{{ [a, a] | join }}{% endfor %}",
)


@pytest.mark.parametrize("text", LOOPS)
def test_a_loop_over_what_stands_in_a_template_draws_what_it_would(text: str) -> None:
    def draw(kind: type[jinja2.Environment]) -> str:
        environment = kind(autoescape=True)
        environment.globals["_"] = str.upper
        return environment.from_string(text).render(
            one={"two": "<2>"}, outer="o&", many="ab", pair=(8, 9), sprite=LOCALE.sprite,
            icon=lambda *given: icon(given[0], LOCALE, *given[1:]),
        )  # fmt: skip

    assert draw(Templates) == draw(jinja2.Environment)


def test_of_a_loop_over_what_stands_in_a_template_text_is_left() -> None:
    environment = Templates(autoescape=True)
    environment.globals["_"] = str
    code = str(environment.compile('{% for a in ["x", "y"] %}{{ icon(a) }}{{ _("see") }}{% endfor %}', raw=True))
    assert "for l_1_a" not in code
    assert "context.call" not in code


class Odd(dict[str, str]):
    """Has an attribute and an item of one name, as Python has it."""

    title = "attribute"


@pytest.mark.parametrize("text", ["{{ one.title }}", "{{ one.item }}", "{{ one.nothing }}", "{{ one.deep.er }}"])
def test_attributes_are_found_as_jinja_finds_them(text: str) -> None:
    one = Odd(title="item", item="<item>", deep={"er": 3})  # type: ignore[arg-type]
    assert Templates().from_string(text).render(one=one) == jinja2.Environment().from_string(text).render(one=one)
    strict = Templates(undefined=jinja2.StrictUndefined)
    with pytest.raises(jinja2.UndefinedError, match="has no attribute 'nothing'"):
        strict.from_string("{{ one.nothing.more }}").render(one=one)


def test_a_template_that_may_change_is_loaded_anew() -> None:
    known = {"page.html": "one"}
    loader = jinja2.FunctionLoader(lambda name: (known[name], None, lambda: False))
    environment = Templates(loader=loader, auto_reload=True)
    assert environment.get_template("page.html").render() == "one"
    known["page.html"] = "two"
    assert environment.get_template("page.html").render() == "two"
