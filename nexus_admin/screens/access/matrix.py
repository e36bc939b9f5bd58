"""The matrix of a role: places down, actions across; each cell says what holds there and where it comes from. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Final, Literal

from nexus_admin.access.book import Cell as Said
from nexus_admin.access.book import Question, RoleBook
from nexus_admin.access.builtin import HOUSE
from nexus_admin.access.patterns import BY_NAME, fits, gives
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.role import Grant, Role
from nexus_admin.screens.access.draft import Own, Place, drawn_by_names, own_state, simple_denial

State = Literal["allow", "some", "deny", "block"]

SHOWN: Final = 120
"""Tables of one source that are drawn at once; a word in the search box finds the others."""


@dataclass(frozen=True, slots=True)
class Column:
    """Actions that are given together.

    Args:
        name: In addresses.
        title: What people read.
        actions: Their names.
    """

    name: str
    title: str
    actions: tuple[str, ...]


COLUMNS: Final = (
    Column("see", "See", ("row.list", "row.read", "row.history", "rows.count")),
    Column("add", "Add", ("row.create",)),
    Column("edit", "Edit", ("row.update", "rows.update")),
    Column("delete", "Delete", ("row.delete", "rows.delete")),
    Column("import", "Import", ("rows.import",)),
    Column("export", "Export", ("rows.export",)),
    Column("query", "Query", ("query.run",)),
)

_IN_COLUMNS: Final = {action for column in COLUMNS for action in column.actions}

WORDS: Final[Mapping[State, str]] = {
    "allow": "allowed",
    "some": "allowed in part: some rows, names or actions",
    "deny": "not allowed",
    "block": "blocked, wins over other roles",
}
ICONS: Final[Mapping[State, str]] = {"allow": "check", "some": "filter", "deny": "minus", "block": "ban"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Args:
        do: What its button asks for.
        state: What holds there when everything is added up.
        own: What the role says there itself.
        origin: Where it comes from, if not from here.
        changed: Whether it is not what is saved.
        words: The state for people.
    """

    do: str
    state: State
    own: Own
    origin: str
    changed: bool
    words: str

    @property
    def icon(self) -> str:
        """Its picture."""
        return ICONS[self.state]


@dataclass(frozen=True, slots=True)
class Line:
    """One place with its cells; *pattern* where a table's own name has a `*`, which would mean other tables too."""

    place: Place
    title: str
    icon: str
    key: str
    cells: tuple[Cell, ...]
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """Things of the house under one noun, each with a cell; *names* where they are given by names, too."""

    title: str
    cells: tuple[tuple[str, Cell], ...]
    names: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """The tables of one source; `left_out` says how many are not drawn."""

    title: str
    lines: tuple[Line, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Matrix:
    """All of it."""

    columns: tuple[Column, ...]
    sections: tuple[Section, ...]
    tools: tuple[Tool, ...]


@dataclass
class _Look:
    """A role as it is edited, beside what is saved. What speaks of a place is looked for once a place."""

    draft: Role
    saved: Role | None
    book: RoleBook
    cells: tuple[Said, ...] = field(init=False)
    places: Mapping[Place, Role] = field(init=False)
    before: Mapping[Place, Role] = field(init=False)
    _speaking: tuple[Place, tuple[Said, ...]] = (Place(""), ())

    def __post_init__(self) -> None:
        self.cells = self.book.cells_of(Actor("role", kind="token", roles=(self.draft.name,)))
        self.places = _by_place(self.draft)
        self.before = {} if self.saved is None else _by_place(self.saved)

    def cell(self, place: Place, name: str, actions: tuple[str, ...]) -> Cell:
        now, saved = self.places.get(place, _NOTHING), self.before.get(place, _NOTHING)
        own, was = own_state(now, place, actions), own_state(saved, place, actions)
        state, origin = self._holds(place, actions)
        changed = own != was or (own == "some" and _rules(now, actions) != _rules(saved, actions))
        changed = changed or _names(self.draft, actions) != _names(self.saved or _NOTHING, actions)
        said = WORDS[state] + (f", from {origin}" if origin else "")
        return Cell(do_cell(name, place), state, own, origin, changed, said)

    def _at(self, place: Place) -> tuple[Said, ...]:
        """Return the grants that could speak of *place*."""
        if self._speaking[0] != place:
            found = [
                one
                for one in self.cells
                if fits(one.grant.source, place.source) and fits(one.grant.resource, place.resource)
            ]
            self._speaking = (place, tuple(found))
        return self._speaking[1]

    def _holds(self, place: Place, actions: tuple[str, ...]) -> tuple[State, str]:
        found = [self._one(place, action) for action in actions]
        order: tuple[State, ...] = ("block", "some", "allow", "deny")
        states = {state for state, _ in found}
        if states == {"allow", "deny"}:
            return "some", next(origin for state, origin in found if state == "allow")
        state = next(one for one in order if one in states)
        return state, next(origin for one, origin in found if one == state)

    def _one(self, place: Place, action: str) -> tuple[State, str]:
        question = Question(action, place.source, place.resource)
        speaking = [cell for cell in self._at(place) if cell.speaks_of(question)]
        for cell in speaking:
            if simple_denial(cell.grant):
                return "block", self._origin(cell, place)
        giving = [cell for cell in speaking if not cell.denies]
        if not giving:
            by_name = self._by_name(action)
            return ("deny", "") if by_name is None else ("some", self._origin(by_name, place))
        best = min(giving, key=lambda cell: (cell.grant.rows is not None, self._origin(cell, place) != ""))
        partly = best.grant.rows is not None or any(cell.denies and cell.grant.rows is not None for cell in speaking)
        return ("some" if partly else "allow"), self._origin(best, place)

    def _by_name(self, action: str) -> Said | None:
        """Return a grant that gives *action* on certain names of queues, streams, topics or keys."""
        if not action.startswith(BY_NAME):
            return None
        question = Question(action, HOUSE, some=True)
        return next((one for one in self.cells if not one.denies and one.speaks_of(question)), None)

    def _origin(self, cell: Said, place: Place) -> str:
        where = Place(cell.grant.source, cell.grant.resource)
        if cell.role == self.draft.name:
            return "" if where == place or drawn_by_names(cell.grant) else title_of(where)
        return self.book.roles[cell.role].title or cell.role


_NOTHING: Final = Role(name="nothing")


def _by_place(role: Role) -> dict[Place, Role]:
    """Return *role* cut up by the places of its grants."""
    found: dict[Place, list[Grant]] = {}
    for grant in role.grants:
        found.setdefault(Place(grant.source, grant.resource), []).append(grant)
    return {place: role.model_copy(update={"grants": tuple(grants)}) for place, grants in found.items()}


def _rules(role: Role, actions: tuple[str, ...]) -> list[str]:
    return [repr(grant.rows) for grant in role.grants if any(gives(grant.action, action) for action in actions)]


def _names(role: Role, actions: tuple[str, ...]) -> list[tuple[str, str, str]]:
    found = (one for one in role.grants if one.action in actions and drawn_by_names(one))
    return [(one.action, one.effect, one.resource) for one in found]


@dataclass(frozen=True, slots=True)
class Known:
    """The names of all actions, and which of them extensions offer on rows."""

    names: tuple[str, ...]
    on_rows: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the matrix: the house's own, then what else there is to do with rows."""
        rows = tuple(
            name
            for name in self.names
            if name.startswith(("row.", "rows.")) and name not in _IN_COLUMNS and "undo" not in name
        )
        further = (Column("other", "Other", rows), Column("actions", "Actions", self.on_rows))
        return (*COLUMNS, *(one for one in further if one.actions))

    def actions_of(self, name: str) -> tuple[str, ...]:
        """Return the actions behind a column's name, or behind an action's own.

        Raises:
            BadRequest: there is neither.
        """
        for column in self.columns:
            if column.name == name:
                return column.actions
        if name in self.names:
            return (name,)
        raise BadRequest(f"There is no column called {name[:60]!r}.")


def matrix(
    draft: Role, saved: Role | None, book: RoleBook, schemas: Sequence[Schema], known: Known, words: str = ""
) -> Matrix:
    """Return the matrix of *draft*.

    Args:
        draft: The role as it is edited.
        saved: As it is saved; None for a new one.
        book: All roles, with *draft* among them.
        schemas: The connected sources.
        known: All actions.
        words: Only tables with these letters in name or title.
    """
    columns = known.columns
    look = _Look(draft, saved, book)
    sections = [Section("", (_line(look, Place("*"), "Every source", "server", columns),))]
    sections += [_section(look, schema, columns, words) for schema in schemas]
    return Matrix(columns, tuple(sections), _tools(look, known.names, columns))


def _section(look: _Look, schema: Schema, columns: tuple[Column, ...], words: str) -> Section:
    wanted = words.casefold().strip()
    tables = [one for one in schema.resources.values() if wanted in f"{one.name} {one.title}".casefold()]
    # Where not all can be drawn, those that the role speaks of come first.
    first = sorted(tables, key=lambda one: Place(schema.source, one.name) not in look.places)
    shown = first[:SHOWN] if len(tables) > SHOWN else tables
    lines = [_line(look, Place(schema.source), f"All of {schema.source}", "database", columns)]
    lines += [
        replace(_line(look, Place(schema.source, one.name), one.title, one.icon, columns), pattern="*" in one.name)
        for one in shown
    ]
    return Section(schema.source, tuple(lines), len(tables) - len(shown))


def _line(look: _Look, place: Place, title: str, icon: str, columns: tuple[Column, ...]) -> Line:
    cells = tuple(look.cell(place, column.name, column.actions) for column in columns)
    return Line(place, title, icon, place_key(place), cells)


def _tools(look: _Look, known: Sequence[str], columns: tuple[Column, ...]) -> tuple[Tool, ...]:
    in_columns = {action for column in columns for action in column.actions}
    nouns: dict[str, list[str]] = {}
    for name in known:
        if name not in in_columns and not name.startswith("account."):
            nouns.setdefault(name.split(".")[0], []).append(name)
    place = Place("*")
    return tuple(
        Tool(
            noun.replace("_", " ").capitalize(),
            tuple((name.partition(".")[2] or name, look.cell(place, name, (name,))) for name in names),
            f"{noun}." == BY_NAME,
        )
        # The keys to everything stand last: they are many, and seldom given.
        for noun, names in sorted(nouns.items(), key=lambda pair: (pair[0] == "access", pair[0]))
    )


def do_cell(column: str, place: Place) -> str:
    """Return what the button of a cell asks for."""
    return f"cell:{column}:{place_key(place)}"


def place_key(place: Place) -> str:
    """Return a place as one word of a form."""
    return f"{_part(place.source)}/{_part(place.resource)}"


def place_of(key: str) -> Place:
    """Return the place that `place_key` spelled.

    Raises:
        BadRequest: it did not.
    """
    source, _, resource = key.partition("/")
    return Place(*("*" if part == "*" else text_of(part) for part in (source, resource)))


def title_of(place: Place) -> str:
    """Return how a place is called in a sentence."""
    if place.source == "*" and place.resource == "*":
        return "every source"
    return f"all of {place.source}" if place.resource == "*" else f"{place.source}/{place.resource}"


def _part(text: str) -> str:
    return "*" if text == "*" else segment(text)
