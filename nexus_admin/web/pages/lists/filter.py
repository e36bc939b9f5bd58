"""The filter builder, a page of its own or a dialog over the list, and the pickers that it uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace

from starlette.responses import HTMLResponse, JSONResponse, Response

from nexus_admin.domain.address import key_segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadExpression, BadRequest, NexusError
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.target import Target
from nexus_admin.language.names import split_path
from nexus_admin.language.normal import normal
from nexus_admin.language.paths import Sight
from nexus_admin.language.url import read_filter, write
from nexus_admin.screens.lists.field_finder import fields
from nexus_admin.screens.lists.filter_page import Builder
from nexus_admin.screens.lists.filter_posted import read_tree
from nexus_admin.screens.lists.filter_tree import Condition, Group, alone, changed, expression_of, tree_of, walked
from nexus_admin.screens.lists.query import ListQuery, read_query
from nexus_admin.web.pages.lists.page import deciding, described, query_of, target_of
from nexus_admin.web.visit import Door, Visit


@dataclass(frozen=True)
class Asked:
    """What is being built.

    Args:
        tree: As it is shown.
        text: The same as text.
        problem: What is wrong with it, or None.
        wrong: The same in sentences by the id of their condition, where conditions are what is wrong.
        unshown: It holds what the builder has no input for; only its text says all of it.
    """

    tree: Group
    text: str
    problem: NexusError | None = None
    unshown: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Bench:
    """What every step needs."""

    visit: Visit
    target: Target
    schema: Schema
    resource: Resource
    decide: Callable[[str], Decision]
    sight: Sight

    def read(self, text: str) -> Expression | None:
        """Read a filter with the actor's eyes."""
        where = read_filter(text, self.schema, self.resource.name, self.decide)
        return where if where is None else normal(where, self.schema, self.resource.name, self.decide)

    def written(self, where: Expression | None) -> str:
        """Return the text of a filter that the actor may use."""
        if where is None:
            return ""
        plain = normal(where, self.schema, self.resource.name, self.decide)
        return write(plain, self.schema, self.resource.name)


def show(visit: Visit) -> Response:
    """GET …/~filter: the builder with the list's filter in it; `add=` puts a field to it."""
    bench = _bench(visit)
    query = query_of(visit, bench.target)
    try:
        asked = _of_text(bench, query.filter)
    except BadRequest as error:
        asked = Asked(Group("0"), query.filter, error)
    if not asked.unshown and ("add" in visit.query or (not asked.tree.items and asked.problem is None)):
        asked = _with_field(bench, asked, visit.query.get("add", ""))
    return _page(bench, query, asked, "add")


def build(visit: Visit) -> Response:
    """POST …/~filter: the builder after a button was pressed; `apply` goes to the list.

    A script that asks is told the address of the list instead: it opens that as a page.
    """
    bench = _bench(visit)
    query = read_query(f"{visit.locale.base}{bench.target.path}", visit.form, visit.kernel.settings["lists.page_size"])
    verb, _, at = visit.form.get("do", "").partition(":")
    asked = _asked(bench, verb, at)
    if verb == "apply" and asked.problem is None:
        onward = replace(query, path=bench.target.path, filter=asked.text).url()
        if visit.fragment:
            return HTMLResponse("", headers={"X-Nexus-Onward": f"{visit.locale.base}{onward}"})
        return visit.go(onward)
    return _page(bench, query, asked, verb)


def _asked(bench: _Bench, verb: str, at: str) -> Asked:
    """Return what the form holds: the text where that was changed, else the tree."""
    form = bench.visit.form
    text, was = form.get("text", "").strip(), form.get("text.was", "").strip()
    if text != was:
        try:
            return _of_text(bench, text, verb, at)
        except BadRequest as error:
            return Asked(read_tree(bench.visit.posted, bench.resource, bench.sight), text, error)
    tree = changed(read_tree(bench.visit.posted, bench.resource, bench.sight), verb, at)
    try:
        return Asked(tree, bench.written(expression_of(tree)))
    except BadRequest as error:
        return Asked(tree, was, error, wrong=_wrong(bench, tree))


def _wrong(bench: _Bench, tree: Group) -> dict[str, str]:
    """Return what is wrong with each condition, asked one by one."""
    wrong = {}
    for one in walked(tree):
        if isinstance(one, Condition):
            try:
                bench.written(expression_of(alone(tree, one.id)))
            except BadRequest as error:
                wrong[one.id] = str(error)
    return wrong


def _of_text(bench: _Bench, text: str, verb: str = "", at: str = "0") -> Asked:
    """Return the tree of a text; where the tree would say less than the text does, the text is kept."""
    where = bench.read(text)
    tree = tree_of(where)
    if where is not None and not _same(bench, expression_of(tree), where):
        return Asked(tree, text, unshown=True)
    if verb == "clear" or at == "0":  # other buttons spoke of the tree from before
        tree = changed(tree, verb, at)
    return Asked(tree, bench.written(expression_of(tree)))


def _same(bench: _Bench, made: Expression | None, where: Expression) -> bool:
    try:
        return made is not None and normal(made, bench.schema, bench.resource.name, bench.decide) == where
    except BadRequest:
        return False


def _with_field(bench: _Bench, asked: Asked, path: str) -> Asked:
    """Add a condition about *path*, or an empty one."""
    tree = (
        asked.tree
        if asked.tree.join == "all" and not asked.tree.over
        else Group("0", "all", (replace(asked.tree, id="9000"),))
    )
    tree = changed(tree, "add", "0")
    *before, last = tree.items
    op = ""
    if path:
        try:
            kind = bench.sight.way(bench.resource, split_path(path)).field
            op = "in" if kind.choices and not kind.open_choices else ""
        except BadExpression:
            path = ""
    assert isinstance(last, Condition)
    return replace(asked, tree=replace(tree, items=(*before, replace(last, path=path, op=op))))


def _bench(visit: Visit) -> _Bench:
    target = target_of(visit)
    schema, resource = described(visit, target)
    decide = deciding(visit, target.source, schema)
    if not decide(resource.name).allowed:
        visit.perform("row.list", target, {"limit": 1})  # writes the refusal down, and raises it
    return _Bench(visit, target, schema, resource, decide, Sight(schema, decide))


def _page(bench: _Bench, query: ListQuery, asked: Asked, verb: str) -> Response:
    visit = bench.visit

    def title(resource: str, key: str) -> str:
        try:
            far = Target(bench.target.source, resource, key_segment([key]))
            return str(visit.perform("row.read", far, {"labels": False}).title)
        except NexusError:
            return key

    builder = Builder(bench.schema, bench.sight, visit.kernel.kind, visit.locale, title, asked.wrong)
    return visit.page(
        "list/filter.html" if visit.fragment else "list/filter_page.html",
        400 if asked.problem and not visit.fragment else 200,
        box=builder.box(asked.tree, bench.resource),
        text=asked.text,
        problem=asked.problem,
        wrong=asked.wrong,
        focus={"add": "empty", "group": "empty", "apply": "wrong"}.get(verb, ""),
        unshown=asked.unshown,
        query=query,
        resource=bench.resource,
        target=bench.target,
        here=bench.target.path,
    )


def find_fields(visit: Visit) -> Response:
    """GET …/~fields?q=: fields to choose from, along relations too; `one=1` only those of one row."""
    bench = _bench(visit)
    found = fields(
        visit.query.get("q", "")[:100], bench.resource, bench.sight, visit.kernel.kind, one=bool(visit.query.get("one"))
    )
    options = [{"value": one.path, "label": one.title, "meta": one.meta, "icon": one.glyph} for one in found]
    return JSONResponse({"options": options})


def find_values(visit: Visit) -> Response:
    """GET …/~values?field=&q=: the most frequent values of a field, and what was typed as it stands."""
    typed = visit.query.get("q", "").strip()[:200]
    try:
        found = visit.perform("row.facets", target_of(visit), {"field": visit.query.get("field", ""), "limit": 100})
    except BadRequest:
        found = []
    values = [(str(value), times) for value, times in found if value is not None and value != ""]
    fits = [(value, times) for value, times in values if typed.casefold() in value.casefold()][:20]
    options = [{"value": value, "label": value, "meta": f"{times:,}"} for value, times in fits]
    if typed and typed not in (value for value, _ in fits):
        options.append({"value": typed, "label": typed, "meta": "as typed"})
    return JSONResponse({"options": options})


DOORS = (
    Door("/s/{source}/{resource}/~filter", show, "row.list"),
    Door("/s/{source}/{resource}/~filter", build, "row.list", ("POST",)),
    Door("/s/{source}/{resource}/~fields", find_fields, "row.list"),
    Door("/s/{source}/{resource}/~values", find_values, "row.list"),
)
