"""Which fields of a table tell most: its time, its money, its categories, its numbers. Pure guesses over the schema."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.kinds import family, is_numeric
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.language.paths import Decide, Sight

_CREATED = re.compile(
    r"creat|insert|placed|order(ed)?_?(at|on|date)|regist|signed_?up|join|publish|issued|posted|rent", re.I
)
_EVENT = re.compile(r"(^|_)(at|on|date|time|timestamp|day|when)$|^(date|day|timestamp|time)|(?-i:Date)$", re.I)
_LATER = re.compile(
    r"updat|modif|chang|delet|remov|expire|valid|due|birth|dob|end|finish|cancel|last|seen|return|hire|start", re.I
)
_SUM = re.compile(r"total|amount|revenue|price|sum|value|paid|gross|net|cost|fee|balance|freight|turnover", re.I)
_NOT_SUMMED = re.compile(
    r"(^|_)(lat|lon|lng|latitude|longitude|zip|postal|phone|code|year|version|position|rank)", re.I
)
_SINGLE = re.compile(r"price|rate|percent|ratio|score|age|discount", re.I)
FEW = 20
"""Rows of a far table of which a part of the name still tells one from another."""

_STATUS = re.compile(r"status|state|stage|phase|type|kind|category|channel|priority|level|role|plan", re.I)


@dataclass(frozen=True)
class Table:
    """What a table tells, as far as its reader may see it.

    Args:
        resource: The table.
        time: Its created-like field, or None.
        money: A number that is worth adding up, or None.
        categories: Paths to group by, most telling first; over to-one relations the far title.
        numbers: Numbers of which an average says something.
    """

    resource: Resource
    time: Field | None
    money: Field | None
    categories: tuple[tuple[str, ...], ...]
    numbers: tuple[Field, ...]

    @property
    def grouped(self) -> bool:
        """Whether it has a category of more than yes and no."""
        first = self.resource.by_name.get(self.categories[0][0]) if self.categories else None
        return bool(self.categories) and (first is None or first.kind != "boolean")

    @property
    def score(self) -> float:
        """How much it tells; tables with more rows, a time and money come first."""
        rows = self.resource.estimated_rows
        size = math.log10(rows + 1) if rows is not None else 2.0
        parts = (2.0 if self.time else 0.0) + (2.0 if self.money else 0.0) + min(len(self.categories), 3) * 0.5
        return size + parts if rows != 0 else parts / 10


def tables(schema: Schema, decide: Decide | None = None) -> list[Table]:
    """Return the tables of *schema* that people care for, most telling first."""
    shown = (one for one in schema.resources.values() if not one.tucked and one.type == "table")
    found = [told(schema, one.name, decide) for one in shown if _listed(one, decide)]
    return sorted(found, key=lambda one: (-one.score, one.resource.name))


def told(schema: Schema, name: str, decide: Decide | None = None) -> Table:
    """Return what the table called *name* tells.

    Raises:
        UnknownResource: there is none of that name.
    """
    resource = schema.resource(name)
    sight = Sight(schema, decide)
    fields = [one for one in resource.fields if _plain(one) and sight.reads(name, (one.name,))]
    foreign = {here for relation in resource.relations if not relation.many for here, _ in relation.pairs}
    numbers = [one for one in fields if _summable(one, resource, foreign)]
    return Table(
        resource,
        _best(fields, _time_score),
        _best(numbers, _money_score),
        tuple(_categories(schema, resource, fields, sight)),
        tuple(numbers),
    )


def _reading_order(far: Resource) -> tuple[bool, int]:
    """Far rows that one field names come first; of those, the fewest."""
    return len(far.title_fields) > 1, far.estimated_rows or 0


def _listed(resource: Resource, decide: Decide | None) -> bool:
    return decide is None or decide(resource.name).allowed


def _plain(one: Field) -> bool:
    return not (one.secret or one.encrypted or one.computed or one.tucked or one.as_text)


def _best(fields: list[Field], score: Callable[[Field], float]) -> Field | None:
    scored = [(score(one), -at, one) for at, one in enumerate(fields)]
    top = max(scored, key=lambda each: each[:2], default=None)
    return top[2] if top and top[0] > 0 else None


def _time_score(one: Field) -> float:
    if family(one.kind) not in ("date", "datetime"):
        return 0.0
    score = 1.0 + (0 if one.nullable else 1.0)
    score += 4.0 if _CREATED.search(one.name) else 1.0 if _EVENT.search(one.name) else 0.0
    return score - (2.5 if _LATER.search(one.name) and not _CREATED.search(one.name) else 0.0)


def _money_score(one: Field) -> float:
    if _SINGLE.search(one.name):
        return 0.0  # prices of single things, and rates, say something on average, but not together
    named = bool(_SUM.search(one.name))
    whole = 0.5 if re.fullmatch(r"(grand_?)?total(_?amount)?|revenue|amount", one.name, re.I) else 0.0
    if one.kind == "money":
        return 4.0 + whole + named + (2.0 if re.search("total|amount|revenue", one.name, re.I) else 0.0)
    return 2.0 if named and one.kind == "decimal" else 0.0


def _summable(one: Field, resource: Resource, foreign: set[str]) -> bool:
    if not is_numeric(one.kind) or one.key or one.relation or one.name in foreign or one.name in resource.key:
        return False
    return not (_NOT_SUMMED.search(one.name) or re.search(r"(^|_)id$|Id$", one.name))


def _categories(schema: Schema, resource: Resource, fields: list[Field], sight: Sight) -> Iterator[tuple[str, ...]]:
    """Enums first, those called status or the like before others; then relations; then booleans."""
    enums = [one for one in fields if one.choices is not None or one.kind == "enum"]
    for one in sorted(enums, key=lambda one: not _STATUS.search(one.name)):
        yield (one.name,)
    ways = [one for one in resource.relations if not one.many and sight.follows(resource, one)]
    for relation in sorted(ways, key=lambda one: _reading_order(schema.resource(one.to))):
        far = schema.resource(relation.to)
        if len(far.title_fields) > 1 and (far.estimated_rows or 0) > FEW:
            continue  # one part of a name says nothing about who is meant
        if resource.estimated_rows and (far.estimated_rows or 0) > resource.estimated_rows / 2:
            continue  # nearly one group for each row
        title = next(
            (name for name in far.title_fields if name in far.by_name and sight.reads(far.name, (name,))), None
        )
        if title is not None and family(far.by_name[title].kind) in ("text", "choice"):
            yield (relation.name, title)
    for one in fields:
        if one.kind == "country" or (one.kind == "boolean" and one.choices is None):
            yield (one.name,)
