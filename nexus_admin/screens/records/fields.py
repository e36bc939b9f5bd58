"""The fields of a row as markup, in one pass: what a field says of itself is written once, its value for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from nexus_admin.actions.rows.row import Record
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.field_kind import plain as as_it_stands
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field
from nexus_admin.screens.cells import EMPTY, UNSHOWN, in_full, link_cell, ready, safe
from nexus_admin.screens.forms.inputs import text_of
from nexus_admin.screens.icons import icon
from nexus_admin.screens.lists.query import with_query
from nexus_admin.screens.long_texts import CUT_KINDS, beginning, is_cut
from nexus_admin.sdk.status import is_status

COPIED = 2_000
"""Characters of a value that can be copied by a click; of a longer one, the page does not hold the whole."""

STAMPS = frozenset({"created", "creation", "updated", "update", "modified", "changed", "inserted", "deleted"})
"""Words in the names of moments that a program keeps of a row."""

UNCOPIED = (*UNSHOWN, bytes)
"""Values whose text is not what was stored."""

EMPTY_COPY = Markup()
"""What can be copied of no value."""

_ACTS = '<span class="nx-value__acts">'
_BUTTON = '<button type="button" class="nx-iconbtn nx-iconbtn--xs" data-needs-script x-data="copy" data-copy="'


@dataclass(frozen=True, slots=True)
class Line:
    """What a field's line holds whatever the row: all but the value, and the address of the row.

    Args:
        field: The field.
        kind: How its values are drawn.
        start: The markup up to the value.
        edit: The markup of the way to its input, around the two places where the row's address stands; () for no way.
        copy: What follows the text that is copied by a click.
        relation: The relation that the field carries, or "".
        far: The address of the table that it points to.
        aside: It is about the row rather than of it.
        status: Its values are states of the row, drawn as a pill beside the title.
        plain: A text of it is shown as it stands, so that what is copied by a click is what is shown.
    """

    field: Field
    kind: FieldKind
    start: str
    edit: tuple[str, ...]
    copy: str
    relation: str
    far: str
    aside: bool
    status: bool
    plain: bool


class Shown(NamedTuple):
    """One field of a row; a page has dozens, and a tuple is made quickest.

    Args:
        name: The field's name.
        title: What people read.
        html: Its value.
        line: Title and value with what can be done with it, as a term and its description.
        wide: It takes the whole width.
        blank: It has no value.
    """

    name: str
    title: str
    html: Markup
    line: Markup
    wide: bool = False
    blank: bool = False


def lines_of(record: Record, kinds: Callable[[str], FieldKind], locale: Locale) -> tuple[Line, ...]:
    """Return the lines of every row of the record's resource, for all whose decision and rights are the same.

    Args:
        record: One of the rows; of it count the resource, what may be written, and by which decision.
        kinds: Field kinds by name.
        locale: Of which only the addresses of the app and its icons count.
    """
    return tuple(_line(record, field, kinds(field.kind), locale) for field in record.resource.fields)


def _line(record: Record, field: Field, kind: FieldKind, locale: Locale) -> Line:
    title, name = safe(field.title), safe(quote(field.name, safe="/"))
    headed = f'<span title="{safe(field.comment)}">{title}</span>' if field.comment else title
    relation = record.resource.relations_by_name.get(field.relation or "")
    edit = (
        '<a class="nx-iconbtn nx-iconbtn--xs" href="',
        f'/edit?only={name}" data-dialog-fetch data-url="',
        f'/~field?name={name}" aria-label="Edit {title}" title="Edit {title}">{icon("edit", locale)}</a>',
    )
    return Line(
        field, kind,
        f'<dt>{headed}</dt>\n<dd class="nx-value" data-field="{safe(field.name)}"><span class="nx-value__text">',
        edit if _is_editable(record, field, kind) else (),
        f'" data-done="Copied" aria-label="Copy {title}" title="Copy {title}">{icon("copy", locale)}'
        '<span class="nx-vh" role="status"></span></button>',
        relation.name if relation else "",
        f"{locale.base}/s/{segment(record.resource.source)}/{segment(relation.to)}" if relation else "",
        is_aside(field), field.kind == "enum" and is_status(field.choices),
        not (field.encrypted or field.secret or relation) and kind.html is None and kind.show is as_it_stands
        and kind.name not in CUT_KINDS,
    )  # fmt: skip


def _is_editable(record: Record, field: Field, kind: FieldKind) -> bool:
    if "row.update" not in record.may or not record.decision.writes(field.name):
        return False
    return field.writable and not field.generated and not field.secret and kind.editor != "none"


def is_aside(field: Field) -> bool:
    """Whether it is about the row rather than of it: its key, when it was made, what only machines read."""
    if (field.key and not field.relation) or field.tucked or field.secret:
        return True
    words = field.name.lower().replace("_", " ").split()
    return family(field.kind) in ("datetime", "date") and not STAMPS.isdisjoint(words)


def shown(record: Record, lines: Sequence[Line], locale: Locale, path: str) -> list[tuple[Line, Shown]]:
    """Return the fields of *record* that are in it: of what the actor may not know of, there is nothing.

    Args:
        record: The row.
        lines: Of its resource, made for its decision.
        locale: Where the reader is.
        path: The row's address.
    """
    row, at, unseen = record.row, safe(path), record.unseen
    made = []
    for line in lines:
        field = line.field
        if field.name not in row or field.name in unseen:
            continue
        value = row[field.name]
        edit, blank = line.edit, value is None or value == ""
        if value is None:
            html, copied = EMPTY, EMPTY_COPY
        elif line.plain and value.__class__ is str and 0 < len(value) <= COPIED:
            html = copied = safe(value)
        else:
            html, text = _drawn(line, value, record.labels, locale, path)
            copied = safe(text)
            edit = () if isinstance(value, UNSHOWN) else edit
        whole = ready("".join((line.start, html, "</span>", *_acts(line, edit, copied, at), "</dd>\n")))
        made.append((line, Shown(field.name, field.title, html, whole, line.kind.wide and value is not None, blank)))
    return made


def _drawn(
    line: Line, value: Any, labels: Mapping[str, Mapping[str, str]], locale: Locale, path: str
) -> tuple[Markup, str]:
    """Return a value's markup, and its text where that can be copied."""
    field, kind = line.field, line.kind
    if line.far:
        plain = partial(in_full, field, kind, locale)
        html = link_cell(labels.get(line.relation, {}), line.far, value, plain)
    else:
        html = in_full(field, kind, locale, value)
    if field.secret or isinstance(value, UNCOPIED):
        return html, ""
    text = text_of(value)
    if text and is_cut(value, kind, text):
        html = beginning(text, html, with_query(f"{path}/~text", {}, name=field.name), locale)
    return html, text if len(text) <= COPIED else ""


def _acts(line: Line, edit: tuple[str, ...], copied: Markup, path: str) -> tuple[str, ...]:
    """Return what can be done with a value: it is shown while the value is pointed at."""
    way = (edit[0], path, edit[1], path, edit[2]) if edit else ()
    button = (_BUTTON, copied, line.copy) if copied else ()
    return (_ACTS, *way, *button, "  </span>") if way or button else ()
