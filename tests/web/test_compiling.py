"""Templates say and draw what Jinja by itself would; they only take less time for it."""

import jinja2
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
