"""Markup that a strict policy would refuse is found while it is still text."""

import pytest

from nexus_admin.web.markup import components, faults


@pytest.mark.parametrize(
    "markup",
    [
        "<script>go()</script>",
        '<script src="https://elsewhere.example/x.js"></script>',
        "<style>a { color: red }</style>",
        '<p style="color: red">x</p>',
        '<button onclick="go()">x</button>',
        '<a href="javascript:go()">x</a>',
        '<p x-html="text"></p>',
        "<p :style=\"'color: red'\"></p>",
        '<p x-target="list"></p>',
        '<p @click="a(); b()"></p>',
        '<p @click="() => a()"></p>',
        '<p x-text="`${a}`"></p>',
        '<p x-text="a?.b"></p>',
        '<p x-text="a ?? b"></p>',
        '<p @click="n += 1"></p>',
        '<p x-text="typeof a"></p>',
        '<p x-text="new Date()"></p>',
        '<p x-text="Math.max(a, b)"></p>',
        '<p @click="window.go()"></p>',
        '<p x-text="a | b"></p>',
        '<p x-text="f(...all)"></p>',
        '<p x-text="a.constructor"></p>',
    ],
)
def test_what_the_policy_refuses_is_a_fault(markup: str) -> None:
    assert faults(markup) != []


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="/static/app.js" type="module"></script>',
        '<script type="application/json">{"a": 1}</script>',
        '<div x-data="rowPicker"><button @click="clear">x</button></div>',
        "<p :class=\"{ 'is-on': open && !none }\" x-text=\"open ? 'a; b' : label\"></p>",
        '<template x-for="(item, at) in items"><p x-text="item.name + at"></p></template>',
        '<p @click="n = n + 1"></p>',
        '<p @click="pick(item, { all: true }, [1, 2])"></p>',
        '<p x-show="a >= b || a != c"></p>',
        '<p x-transition.opacity x-cloak x-ref="here"></p>',
        "{# <script>in a comment()</script> #}",
        '<div class="{% if a > b %}x{% endif %}" data-label="{{ _("It\'s; new") }}"></div>',
    ],
)
def test_what_a_page_may_hold_is_no_fault(markup: str) -> None:
    assert [str(fault) for fault in faults(markup)] == []


def test_a_fault_names_its_line_and_the_way_out() -> None:
    assert [str(fault) for fault in faults('<p>\n{% set a = 1\n%}\n<b style="x">y</b></p>')] == [
        "line 4: a style attribute is refused by the policy: use a class or a data attribute."
    ]


def test_the_components_of_a_template_are_known_by_name() -> None:
    assert components('<form x-data="rowPicker"><p x-data="gauge({ max: 3 })"></p><i x-data></i></form>') == {
        "rowPicker",
        "gauge",
    }
