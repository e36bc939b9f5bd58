"""/access/roles/{role}: the matrix, row rules and columns. What is not saved yet travels with the form.

Every click posts the draft and gets the page drawn anew, so that all of it works without scripts;
with them only the editor is swapped.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from nexus_admin.access.book import RoleBook
from nexus_admin.access.text import parse_file, print_file
from nexus_admin.access.users import User
from nexus_admin.actions.access.roles import read_role, stamp
from nexus_admin.actions.access.view import RoleView
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, Invalid, NexusError, SettingError
from nexus_admin.domain.role import AccessFile, Role
from nexus_admin.domain.target import Target
from nexus_admin.screens.access import names as role_names
from nexus_admin.screens.access.draft import Place, changed_cells, next_state, own_state, undrawn, with_cell
from nexus_admin.screens.access.matrix import Known, matrix, place_of
from nexus_admin.screens.access.pane import ACCESS_WORDS, TablePane, named, table_pane, with_table, with_texts
from nexus_admin.screens.access.preview import seen
from nexus_admin.web.pages.access.index import ROOT, draw, target
from nexus_admin.web.visit import Door, Visit

PEOPLE_SHOWN = 100


@dataclass(frozen=True)
class Editor:
    """What a form carries: the role as it is edited, and what is open beside it.

    Args:
        draft: The role.
        base: The stamp of what was saved when editing began.
        open: The place whose pane is shown, as a word of the form; "" for the role's own.
        seen_as: The account whose view is shown; "" for somebody with only this role.
        words: Which tables are shown.
        typed: A row rule that could not be read.
        problem: Why not, or why something else was refused.
    """

    draft: Role
    base: str
    open: str = ""
    seen_as: str = ""
    words: str = ""
    typed: str | None = None
    problem: str = ""


def show(visit: Visit) -> Response:
    """GET /access/roles/{role}: the editor, or the tab that is asked for."""
    view = visit.perform("access.role", target("roles", visit.path["role"]))
    if (tab := visit.query.get("tab", "")) in ("members", "history", "text"):
        return _tab(visit, view, tab)
    editor = Editor(view.role, stamp(view.role), visit.query.get("table", ""), visit.query.get("as", ""))
    return _page(visit, editor)


def _tab(visit: Visit, view: RoleView, tab: str) -> Response:
    """Draw what is not edited by clicks: who holds the role, its versions, its text."""
    names = {"system:cli": "the command line", "system:set-up": "the set-up"}
    if tab == "history":
        names |= {
            one.actor_id: one.name or one.email for one in visit.perform("access.users", target(), {"limit": 500})
        }
    text = print_file(AccessFile(roles=(view.role,))) if tab == "text" else ""
    name = view.role.name
    return draw(
        visit, f"role_{tab}.html", name, view=view, role=view.role, tab=tab, text=text, names=names, problem=None
    )


def edit(visit: Visit) -> Response:
    """POST /access/roles/{role}: a click in the editor, a review of what it would change, or saving it."""
    form = visit.form
    draft = _draft(form.get("draft", ""), visit.path["role"])
    editor = Editor(draft, form.get("base", ""), form.get("open", ""), form.get("as", ""), form.get("words", "")[:200])
    do, _, what = form.get("do", "show").partition(":")
    if do == "save":
        return _save(visit, editor)
    editor = _with_pane(visit, editor)
    if do == "review" and not editor.problem:
        return _review(visit, editor)
    try:
        editor = _done(visit, editor, do, what)
    except NexusError as error:
        editor = replace(editor, problem=str(error))
    return _page(visit, editor)


def new(visit: Visit) -> Response:
    """GET /access/roles/~new: the name of a new role."""
    return draw(visit, "role_new.html", "", name="", title="", like="", problem=None)


def begin(visit: Visit) -> Response:
    """POST /access/roles/~new: the editor with a role that is not saved yet."""
    name, title, like = (visit.form.get(part, "").strip() for part in ("name", "title", "like"))
    roles = visit.kernel.access.roles.book().roles
    try:
        named(name)
        if name in roles:
            raise Invalid({"name": f"There is already a role called {name!r}. Choose another name, or edit that one."})
    except Invalid as error:
        return draw(visit, "role_new.html", "", 422, name=name, title=title, like=like, problem=error)
    copied = roles.get(like) if like != "owner" else None
    draft = Role(name=name, title=title[:200]) if copied is None else copied.model_copy(
        update={"name": name, "title": title[:200], "description": ""}
    )  # fmt: skip
    return _page(visit, Editor(draft, stamp(None)))


def write(visit: Visit) -> Response:
    """POST /access/roles/{role}/text: a role as text, to be reviewed like any other change."""
    name = visit.path["role"]
    view = visit.perform("access.role", target("roles", name))
    text = visit.form.get("text", "").replace("\r\n", "\n")
    try:
        (role,) = parse_file(text, name="This text").roles or (None,)
        if role is None or role.name != name:
            raise SettingError(f"This text has to be about the role {name!r} and no other.")
        return _review(visit, Editor(role, stamp(view.role)))
    except ValueError:
        problem: NexusError = SettingError(f"This text has to be about the role {name!r} and no other.")
    except NexusError as error:
        problem = error
    return draw(visit, "role_text.html", name, 422, view=view, role=view.role, tab="text", text=text, problem=problem)


def delete(visit: Visit) -> Response:
    """POST /access/roles/{role}/delete: delete it; a role can come back, with who held it."""
    done = visit.perform("access.role.delete", target("roles", visit.path["role"]))
    return visit.go(ROOT, said=f"The role {done.role.title or done.role.name} is deleted.", undo=done.entry)


def revert(visit: Visit) -> Response:
    """POST /access/roles/{role}/revert: what it would mean to go back to an earlier version."""
    view = visit.perform("access.role", target("roles", visit.path["role"]))
    for past in view.versions:
        if past.role is not None and str(past.version) == visit.form.get("version"):
            return _review(visit, Editor(past.role, stamp(view.role)))
    raise BadRequest("There is no such version.")


# ── the steps ────────────────────────────────────────────────────────────────────────────────


def _draft(text: str, name: str) -> Role:
    try:
        given = json.loads(text)
    except ValueError:
        raise BadRequest("The role that was being edited did not come along. Load the page again.") from None
    if not isinstance(given, dict):
        raise BadRequest("The role that was being edited did not come along. Load the page again.")
    return read_role({**given, "name": name})


def _with_pane(visit: Visit, editor: Editor) -> Editor:
    """Take over what was typed into the pane that was open."""
    pane = visit.form.get("pane", "")
    if pane == role_names.OPEN:
        meant_by = visit.kernel.access.permissions.meant_by
        return replace(editor, draft=role_names.with_names(editor.draft, _named(visit), visit.form, meant_by))
    if pane == "role":
        return replace(editor, draft=with_texts(editor.draft, visit.form, visit.every("inherits")))
    schema = _schema(visit, pane)
    if schema is None:
        return editor
    try:
        return replace(editor, draft=with_table(editor.draft, place_of(pane), schema, visit.form))
    except NexusError as error:
        return replace(editor, typed=visit.form.get("rule"), problem=str(error), open=pane)


def _done(visit: Visit, editor: Editor, do: str, what: str) -> Editor:
    """Do what the button says."""
    known = _known(visit)
    if do == "open":
        return editor if editor.problem else replace(editor, open=what)
    if do == "undo":
        return replace(editor, draft=_saved(visit, editor.draft.name) or Role(name=editor.draft.name))
    if do not in ("cell", "row", "column"):
        return editor
    column, _, key = what.partition(":")
    if do == "row":
        places, columns = [place_of(what)], [one.name for one in known.columns]
    elif do == "column":
        places, columns = [place for place in _tables(visit, key) if place.plain], [column]
    else:
        places, columns = [place_of(key)], [column]
    if not all(place.plain for place in places):
        raise BadRequest("A name with * in it means several tables here. Write such a rule as text.")
    cells = [(place, known.actions_of(one)) for place in places for one in columns]
    draft = editor.draft
    given = all(own_state(draft, place, actions) in ("allow", "some") for place, actions in cells)
    for place, actions in cells:
        state = next_state(draft, place, actions) if do == "cell" else "none" if given else "some"
        if state == "some" and _has_no_rule(draft, place):
            state = "allow"
        draft = with_cell(draft, place, actions, state, visit.kernel.access.permissions.meant_by)
    return replace(editor, draft=draft)


def _known(visit: Visit) -> Known:
    """Return all actions that a role can give."""
    offered = {one.needs for one in visit.kernel.actions if one.owner != "nexus" and one.on in ("row", "resource")}
    return Known(tuple(visit.kernel.access.permissions.known), tuple(sorted(offered)))


def _named(visit: Visit) -> list[tuple[str, str]]:
    """Return the rights that are given by names, with their titles."""
    return [(one.needs, one.title) for one in visit.kernel.actions if one.named]


def _has_no_rule(draft: Role, place: Place) -> bool:
    return next_state(draft, place, ("",)) != "some"


def _tables(visit: Visit, source: str) -> list[Place]:
    place = place_of(f"{source}/*")
    return [Place(place.source, name) for name in visit.kernel.sources.get(place.source).schema.resources]


def _save(visit: Visit, editor: Editor) -> Response:
    data = {"role": editor.draft.model_dump(mode="json"), "expected": editor.base}
    try:
        done = visit.perform("access.role.save", target("roles", editor.draft.name), data)
    except NexusError as error:
        return _page(visit, replace(editor, problem=str(error)), error.status)
    title = done.role.title or done.role.name
    return visit.go(
        f"{ROOT}/roles/{done.role.name}",
        said=" ".join((f"{title} is saved and in force.", *done.doubts)),
        undo=done.entry,
    )


def _review(visit: Visit, editor: Editor) -> Response:
    """Say who gains and who loses before anything is saved."""
    given = {"role": editor.draft.model_dump(mode="json")}
    try:
        plan = visit.perform("access.role.preview", target("roles", editor.draft.name), given)
    except NexusError as error:
        return _page(visit, replace(editor, problem=str(error)))
    return _editor(visit, editor, "role_review.html", plan=plan)


def _page(visit: Visit, editor: Editor, status: int = 200) -> Response:
    book = _book(visit, editor.draft)
    saved = _saved(visit, editor.draft.name)
    schemas = [source.schema for source in visit.kernel.sources]
    pane = _pane(visit, editor)
    return _editor(
        visit, editor, "role.html", status,
        matrix=matrix(editor.draft, saved, book, schemas, _known(visit), editor.words),
        pane=pane, preview=_preview(visit, editor, pane), people=_people(visit, editor, pane),
        undrawn=undrawn(editor.draft),
        names=role_names.name_lines(editor.draft, _named(visit)) if editor.open == role_names.OPEN else (),
        accesses=ACCESS_WORDS, changes=changed_cells(saved, editor.draft),
    )  # fmt: skip


def _editor(visit: Visit, editor: Editor, template: str, status: int = 200, **context: Any) -> Response:
    name = editor.draft.name
    saved = _saved(visit, name)
    view = None if saved is None else visit.perform("access.role", target("roles", name))
    return draw(
        visit, template, name, status, editor=editor, role=editor.draft, view=view, tab="",
        draft=json.dumps(editor.draft.model_dump(mode="json"), ensure_ascii=False), **context,
    )  # fmt: skip


def _pane(visit: Visit, editor: Editor) -> TablePane | None:
    schema = _schema(visit, editor.open)
    if schema is None:
        return None
    problem = editor.problem if editor.typed is not None else ""
    return table_pane(editor.draft, place_of(editor.open), schema, editor.typed, problem)


def _preview(visit: Visit, editor: Editor, pane: TablePane | None) -> Any:
    """Count and show rows as somebody with this role; what goes wrong is said in its place."""
    if pane is None:
        return None
    data = {"role": editor.draft.model_dump(mode="json"), "holds": editor.draft.name, "user": editor.seen_as or None}
    try:
        found = visit.perform("access.preview", Target(pane.place.source, pane.place.resource), data)
    except NexusError as error:
        return error
    return seen(found, visit.kernel.kind, visit.locale)


def _people(visit: Visit, editor: Editor, pane: TablePane | None) -> list[User]:
    """Return as whom the table may be seen: those who hold the role first, then some others, as if they held it."""
    if pane is None:
        return []
    found = [one for one in visit.perform("access.users", target(), {"limit": PEOPLE_SHOWN}) if one.active]
    return sorted(found, key=lambda one: editor.draft.name not in one.roles)


def _schema(visit: Visit, key: str) -> Any:
    """Return the schema around an open table, or None where no table is open (any more)."""
    if "/" not in key:
        return None
    place = place_of(key)
    schema = visit.kernel.schema_of(place.source)
    return schema if schema is not None and place.resource in schema.resources else None


def _saved(visit: Visit, name: str) -> Role | None:
    return visit.kernel.access.roles.book().roles.get(name)


def _book(visit: Visit, draft: Role) -> RoleBook:
    """Return all roles with the draft; without its parents where these make no sense."""
    roles = visit.kernel.access.roles.book().roles
    try:
        return RoleBook({**roles, draft.name: draft}.values())
    except NexusError:
        return RoleBook({**roles, draft.name: draft.model_copy(update={"inherits": ()})}.values())


ROLE = f"{ROOT}/roles/{{role}}"

DOORS = (
    Door(f"{ROOT}/roles/~new", new, "access.role.save"),
    Door(f"{ROOT}/roles/~new", begin, "access.role.save", ("POST",)),
    Door(ROLE, show, "access.view"),
    Door(ROLE, edit, "access.role.save", ("POST",)),
    Door(f"{ROLE}/text", write, "access.role.save", ("POST",)),
    Door(f"{ROLE}/delete", delete, "access.role.delete", ("POST",)),
    Door(f"{ROLE}/revert", revert, "access.role.save", ("POST",)),
)
