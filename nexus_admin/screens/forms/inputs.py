"""One input of a form: which partial draws it, with which text, limits and hints.

A browser's own inputs may change what they are given: they strip spaces and line ends, drop what does not fit,
and stop a form for a value that nobody touched. So one is used only where it gives back the very text; all else
is edited as plain text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.domain.target import Target
from nexus_admin.language.conditions import condition
from nexus_admin.screens.formats import SYMBOLS
from nexus_admin.sdk import status

WORTH_SAYING = 120
"""A limit in characters is said where somebody may meet it."""

RADIOS = 3
"""Up to so many choices are all seen at once."""

BROWSERS_DIGITS = 15
"""A browser's numbers are floating: of longer ones it would not tell which is the greater."""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d)?")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_URL = re.compile(r"https?://[!-~]+")
_COLOR = re.compile(r"#[0-9a-f]{6}")
_ZONED = re.compile(r"with time zone|timestamptz|timetz|datetimeoffset", re.IGNORECASE)
_OFFSET = re.compile(r"([+-]\d\d:?\d\d(:\d\d)?|Z)$")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a form, or a value that is only shown.

    Args:
        field: What it edits.
        kind: How its values are edited.
        template: Name of the partial in `templates/inputs/`.
        value: Its text.
        was: Its text as it was read; None in a new row.
        type: Of the HTML input.
        step, low, high: Of a number.
        required: The browser may insist on a value.
        blank: What an empty value means, in words: the database's default, or none.
        hint: What the database demands, as a sentence.
        picker: Where the rows that a relation may point to are searched; empty for other fields.
        label: The title of the row that the relation points to now.
        options: Values and what people read, where there are choices.
        error: What is wrong with it.
        before: Where it shows what was sent already: what it showed when it was opened; else None.
        shown: The value as people read it, where it cannot be edited.
        why: Why it cannot.
        unseen: It is not there now, by the condition laid over its field; a script shows it when it is.
        scope: Before its name in its id, where a page has more forms than one.
        seal: What tells the text that was read from every other, where it is too long to be sent along.
    """

    field: Field
    kind: FieldKind
    template: str
    value: str = ""
    was: str | None = None
    type: str = "text"
    step: str = ""
    low: str = ""
    high: str = ""
    required: bool = False
    blank: str = ""
    hint: str = ""
    picker: str = ""
    label: str = ""
    options: tuple[tuple[str, str], ...] = ()
    error: str = ""
    before: str | None = None
    shown: Markup | None = None
    why: str = ""
    seal: str = ""
    scope: str = ""
    unseen: bool = False

    @property
    def id(self) -> str:
        """Its id on the page."""
        return f"f-{self.scope}{segment(self.field.name)}"

    @property
    def unit(self) -> str:
        """What stands before an amount."""
        return SYMBOLS.get(self.field.unit or "", self.field.unit or "").strip()

    @property
    def wide(self) -> bool:
        """Whether it takes the whole width."""
        return self.template in ("long_text", "code")


def input_of(
    resource: Resource,
    field: Field,
    kind: FieldKind,
    was: str | None,
    posted: str | None,
    zone: tzinfo,
    title: str = "",
    error: str = "",
) -> Input:
    """Return the input of *field*.

    Args:
        resource: Whose field it is.
        field: What it edits.
        kind: How its values are edited.
        was: The text of its value as it was read; None in a new row.
        posted: What somebody sent already, which goes before what was read.
        zone: The reader's.
        title: The title of the row that it points to.
        error: What is wrong with it.
    """
    new = was is None
    value = posted if posted is not None else _local(field, was or "", zone)
    template, kind_of_input = _editor(field, kind, value, new)
    relation = resource.relations_by_name.get(field.relation or "")
    picker = f"{Target(resource.source, relation.to).path}/~pick" if relation else ""
    low, high = _limits(field)
    return Input(
        field, kind, template, value, was, kind_of_input, _step(field), low, high,
        field.required and (new or value != "") and not condition(field), _blank(field, new),
        hint_of(field), picker, title or value, _options(field), error,
        _local(field, was, zone) if was is not None and posted is not None else None,
    )  # fmt: skip


def _editor(field: Field, kind: FieldKind, value: str, new: bool) -> tuple[str, str]:
    """Return the partial, and the type of its input."""
    if field.relation:
        return "relation", "text"
    if kind.editor == "boolean" and value in ("", "true", "false"):
        sure = not field.nullable and not (new and field.default is not None)
        return ("switch" if sure else "tristate"), "checkbox"
    if field.choices and not field.open_choices and (value in field.choices or value == ""):
        few = len(field.choices) <= RADIOS and not field.nullable and value != ""
        return ("radio" if few else "choice"), "radio"
    if kind.editor in ("json", "array"):
        return "code", "text"
    if kind.editor == "long_text" or kind.wide or "\n" in value or "\r" in value:
        return "long_text", "text"
    return _plain(field, kind.editor, value)


def _plain(field: Field, editor: str, value: str) -> tuple[str, str]:
    def fits(pattern: re.Pattern[str]) -> bool:
        return value == "" or pattern.fullmatch(value) is not None

    if editor in ("number", "money"):
        return "number", ("number" if fits(_NUMBER) and _within(field, value) else "text")
    if editor == "date":
        return "text", ("date" if fits(_DAY) else "text")
    if editor == "time":
        return "text", ("time" if fits(_CLOCK) else "text")
    if editor == "datetime":
        return "text", ("datetime-local" if fits(_LOCAL) else "text")
    if editor == "color" and value and fits(_COLOR):
        return "color", "color"
    if editor == "email":
        return "text", ("email" if fits(_EMAIL) else "text")
    if editor == "url":
        return "text", ("url" if fits(_URL) else "text")
    return "text", ("tel" if editor == "phone" and "\t" not in value else "text")


def _within(field: Field, value: str) -> bool:
    """Whether a browser would take the value as it stands, so that it never stops a form for an untouched one."""
    if value == "":
        return True
    number = Decimal(value)
    step = _step(field)
    if step not in ("", "any") and number % Decimal(step) != 0:
        return False
    low, high = _limits(field)
    try:
        return (not low or number >= Decimal(low)) and (not high or number <= Decimal(high))
    except ArithmeticError:
        return False


def _limits(field: Field) -> tuple[str, str]:
    """Return the least and the most that a number may be: as the database says it, or as its digits allow."""
    low, high = field.minimum or "", field.maximum or ""
    digits, after = field.precision or 0, field.scale
    if family(field.kind) != "number" or after is None or not 0 <= after <= digits <= BROWSERS_DIGITS or not digits:
        return low, high
    most = f"{(Decimal(10) ** digits - 1).scaleb(-after):f}"
    return low or f"-{most}", high or most


def _step(field: Field) -> str:
    if family(field.kind) != "number":
        return ""
    if field.kind in ("integer", "year") or field.scale == 0:
        return "1"
    return f"{Decimal(1).scaleb(-field.scale):f}" if field.scale and 0 < field.scale < 13 else "any"


def _blank(field: Field, new: bool) -> str:
    if new and field.default is not None:
        if given(field):
            return "Given by the database"
        return f"Default: {_as_read(field, default_text(field))}"
    return "None" if field.nullable and not field.required else ""


def given(field: Field) -> bool:
    """Whether the database numbers new rows by this key."""
    return field.key and field.default is not None and field.kind in ("integer", "uuid")


def _as_read(field: Field, text: str) -> str:
    if field.kind == "boolean":
        return {"true": "Yes", "1": "Yes", "false": "No", "0": "No"}.get(text.lower(), text)
    return dict(_options(field)).get(text, text)


def default_text(field: Field) -> str:
    """Return the database's default as people read it: without quotes and casts."""
    text = (field.default or "").strip()
    found = re.fullmatch(r"'((?:[^']|'')*)'(::[\w ]+(\(\d+\))?)?", text)
    return found[1].replace("''", "'") if found else text


def _options(field: Field) -> tuple[tuple[str, str], ...]:
    choices = field.choices or ()
    if field.open_choices:
        return tuple((one, one) for one in choices)
    return tuple((one, status.humanised(one)) for one in choices)


def hint_of(field: Field) -> str:
    """Return what the database demands of a value, as sentences."""
    said = [field.comment.rstrip(".") + "."] if field.comment else []
    low, high = field.minimum, field.maximum
    if low and high:
        said.append(f"Between {low} and {high}.")
    elif low or high:
        said.append(f"At least {low}." if low else f"At most {high}.")
    if condition(field):
        said.append(f"Only where {condition(field)}.")
    if field.unique and not field.key:
        said.append("No two rows may have the same.")
    if field.max_length and field.max_length < WORTH_SAYING and family(field.kind) == "text" and not field.choices:
        said.append(f"At most {field.max_length} characters.")
    return " ".join(said)


# ── moments: in the reader's zone on the page, with their zone in the database ────────────────────


def _local(field: Field, text: str, zone: tzinfo) -> str:
    """Return a moment as an input in the reader's zone holds it; one with parts of a second stays as it is."""
    if family(field.kind) != "datetime" or not text:
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.microsecond:
        return text
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def texts_of_now(resource: Resource, locale: Locale) -> dict[str, str]:
    """Return now for when a new row was made or changed, where that is needed and nobody gives it.

    A column without a zone is meant in UTC.
    """
    found = {}
    for field in resource.fields:
        mine = field.options.get("role") in ("created", "updated") and field.required and field.writable
        if mine and field.default is None and family(field.kind) in ("date", "datetime"):
            now = locale.now.astimezone(locale.zone if is_zoned(field, None) else UTC)
            whole = family(field.kind) == "date"
            found[field.name] = f"{now:%Y-%m-%d}" if whole else f"{now:%Y-%m-%dT%H:%M}"
    return found


def is_zoned(field: Field, was: str | None) -> bool:
    """Whether the column's moments carry a zone, by its type or by the value that stands there."""
    return family(field.kind) == "datetime" and bool(_ZONED.search(field.native) or _OFFSET.search((was or "")[10:]))


def placed(resource: Resource, values: Mapping[str, str], was: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """Return posted *values* with the reader's zone added to the moments that need one."""
    found: dict[str, Any] = {}
    for name, text in values.items():
        field = resource.by_name.get(name)
        if field is not None and is_zoned(field, was.get(name)) and _LOCAL.fullmatch(text.strip()):
            text = datetime.fromisoformat(text.strip()).replace(tzinfo=zone).isoformat()
        found[name] = text
    return found


def text_of(value: Any) -> str:
    """Return *value* as the text that an input holds."""
    if value.__class__ is str or value.__class__ is int:
        return str(value)
    if value.__class__ is Decimal:
        return f"{value:f}"
    if value.__class__ is datetime:
        return str(value.isoformat())
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = getattr(value, "text", None)
    if isinstance(text, str):
        return text
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return _dumped(value) if isinstance(value, list | tuple | dict) else str(value)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=text_of)
