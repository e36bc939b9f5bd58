"""Relations that nobody declared: proposed by name and type, kept where the values speak for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from nexus_admin.data.catalog import Catalog, FoundColumn, FoundTable
from nexus_admin.data.guesses.links import Link, declared_columns
from nexus_admin.data.guesses.names import At
from nexus_admin.data.guesses.types import TYPES, UNKNOWN
from nexus_admin.data.guesses.words import listed, parts, singular
from nexus_admin.domain.dataclass import dataclass

ENOUGH = 0.9
"""Which part of the values must be found on the other side."""

_KEYS = listed("id key fk uuid guid pk")
_CODES = listed("code ref no number nr reference sku slug")
_SELF = listed("parent manager supervisor boss predecessor successor original")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that may hold keys of another table."""

    table: At
    column: str
    target: At
    target_column: str
    sure_by_name: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """How many distinct values were looked at, and how many of them exist on the other side."""

    looked: int
    found: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.found / self.looked if self.looked else 0.0


def candidates(catalog: Catalog) -> Iterator[Candidate]:
    """Propose relations by name and type; best first for each column."""
    targets = _targets(catalog)
    declared = declared_columns(catalog)
    for table in catalog.tables:
        if table.partition_of is not None or table.type in ("shadow", "virtual"):
            continue
        beside = frozenset("_".join(parts(column.name)) for column in table.columns)
        for column in table.columns:
            if column.name not in declared[table.at] and table.primary_key != (column.name,):
                yield from _of_column(table, column, targets, beside)


def judged(
    catalog: Catalog, found: Iterable[Candidate], measured: Mapping[Candidate, Measured]
) -> tuple[list[Link], list[str]]:
    """Return the relations to keep, and sentences on those that were not sure."""
    spoken = {table.at: table.spoken for table in catalog.tables}
    views = {table.at for table in catalog.tables if table.is_view}
    kept: dict[tuple[At, str], Link] = {}
    unsure: list[str] = []
    for one in found:
        at = (one.table, one.column)
        if at in kept:
            continue
        near, far = f"{spoken[one.table]}.{one.column}", f"{spoken[one.target]}.{one.target_column}"
        result = measured.get(one)
        link = Link(one.table, (one.column,), one.target, (one.target_column,))
        if result is not None and result.looked:
            evidence = f"{_percent(result)} % of {near} are found in {far}"
            if result.share >= ENOUGH and (one.sure_by_name or result.looked >= 2):
                kept[at] = _evident(link, evidence)
                if one.table not in views:
                    unsure.append(f"{evidence}, so they are shown as related; the database does not declare it.")
            elif result.share >= 0.5:
                unsure.append(f"Only {evidence}, so they are not shown as related.")
        elif one.sure_by_name and one.table not in views:
            kept[at] = _evident(link, f"{near} is named after {far} and has its type; no values were looked at")
            unsure.append(f"{near} seems to lead to {far} by its name alone.")
    return list(kept.values()), unsure


def _evident(link: Link, evidence: str) -> Link:
    return Link(link.near, link.columns, link.far, link.far_columns, "no action", evidence)


def _percent(result: Measured) -> str:
    return f"{result.share * 100:.1f}".removesuffix(".0") if result.found < result.looked else "100"


@dataclass(frozen=True, slots=True)
class _Target:
    table: FoundTable
    key: FoundColumn | None
    codes: tuple[FoundColumn, ...]


def _targets(catalog: Catalog) -> dict[tuple[str, ...], list[_Target]]:
    """Return by the words of the singular name: tables that can be led to."""
    found: dict[tuple[str, ...], list[_Target]] = defaultdict(list)
    for table in catalog.tables:
        if table.is_view or table.partition_of is not None or table.internal or table.type == "shadow":
            continue
        columns = {column.name: column for column in table.columns}
        key = columns.get(table.primary_key[0]) if len(table.primary_key) == 1 else None
        alone = [group[0] for group in table.uniques if len(group) == 1]
        codes = tuple(columns[name] for name in alone if name in columns)
        if key or codes:
            found[_singular(table.name)].append(_Target(table, key, codes))
    return found


def _singular(name: str) -> tuple[str, ...]:
    words = parts(name)
    return (*words[:-1], singular(words[-1])) if words else ()


def _of_column(
    table: FoundTable, column: FoundColumn, targets: Mapping[tuple[str, ...], list[_Target]], beside: frozenset[str]
) -> Iterator[Candidate]:
    words = tuple(parts(column.name))
    if not words or f"{'_'.join(words[:-1])}_type" in beside:
        return  # `item_id` beside `item_type` leads to several tables
    ending = words[-1] if len(words) > 1 and words[-1] in _KEYS | _CODES else ""
    stem = words[:-1] if ending else words[1:] if len(words) > 1 and words[0] in ("id", "fk") else words
    plain = not ending and stem == words
    for start in range(len(stem)):
        for target in targets.get(_singular(" ".join(stem[start:])), []):
            if target.table.at == table.at and start == 0 and plain:
                continue
            yield from _to(table, column, target, ending, exact=start == 0, plain=plain)
    if len(stem) == 1 and stem[0] in _SELF and ending in _KEYS:
        for target in targets.get(_singular(table.name), []):
            if target.table.at == table.at:
                yield from _to(table, column, target, ending, exact=True, plain=False)


def _to(
    table: FoundTable, column: FoundColumn, target: _Target, ending: str, *, exact: bool, plain: bool
) -> Iterator[Candidate]:
    key = target.key
    same_schema = table.schema == target.table.schema
    other = key is not None and (target.table.at != table.at or key.name != column.name)
    if other and key is not None and _fits(column, key) and (ending not in _CODES or _is_text(key)):
        sure = exact and same_schema and not plain and ending not in _CODES
        yield Candidate(table.at, column.name, target.table.at, key.name, sure)
    if ending in _CODES or (plain and _is_text(column)):
        for code in target.codes:
            last = (parts(code.name) or [""])[-1]
            if _fits(column, code) and (last == ending or last in _CODES) and code.name != column.name:
                yield Candidate(table.at, column.name, target.table.at, code.name, False)


def _fits(one: FoundColumn, other: FoundColumn) -> bool:
    if not one.base or not other.base:
        return True
    kinds = {TYPES.get(column.base, UNKNOWN).kind for column in (one, other)}
    kinds = {"text" if kind == "long_text" else kind for kind in kinds}
    return len(kinds) == 1 and kinds <= {"integer", "text", "uuid", "decimal"} and not (one.shape or other.shape)


def _is_text(column: FoundColumn) -> bool:
    return TYPES.get(column.base, UNKNOWN).kind in ("text", "long_text")
