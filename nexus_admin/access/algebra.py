"""How grants add up: row rules are joined by or, the most generous field access counts, and a denial wins.

Pure: no database, no clock. `decide` asks it, and so do `explain` and the comparison of two sets of roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nexus_admin.access.book import Cell, Question
from nexus_admin.access.rules import ReadRule
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision, FieldAccess, denied
from nexus_admin.domain.expression import NOTHING, And, Expression, Not, Or

RANK: Mapping[FieldAccess, int] = {"hidden": 0, "masked": 1, "read": 2, "write": 3}

_HIDDEN: FieldAccess = "hidden"

NO_ROLE = "No role that counts here gives"
"""How the reason of a no begins that no role stands against."""


@dataclass(frozen=True, slots=True)
class Read:
    """A grant that speaks of the question, with what its rule came to."""

    cell: Cell
    rule: ReadRule

    @property
    def refuses_all(self) -> bool:
        """A denial without rows and fields takes the whole action away."""
        return self.cell.denies and self.cell.grant.rows is None and not self.cell.grant.fields


def combine(reads: Sequence[Read], question: Question) -> Decision:
    """Return what the grants of *reads* come to together."""
    gave = [read for read in reads if not read.cell.denies]
    took = [read for read in reads if read.cell.denies]
    for read in took:
        if read.refuses_all:
            return denied(f"The role {read.cell.called!r} denies {question}, and a denial wins.")
    if not gave:
        return denied(f"{NO_ROLE} {question}.")
    rows, reason = _rows(gave, took, question)
    access, default = most_generous([read for read in gave if not read.rule.broken] or gave)
    hidden = {name for read in took for name in (read.cell.grant.fields or ())}
    fields: dict[str, FieldAccess] = {**access, **dict.fromkeys(hidden, _HIDDEN)}
    return Decision(True, reason, rows, _tidy(fields, default), default)


def _rows(gave: Sequence[Read], took: Sequence[Read], question: Question) -> tuple[Expression | None, str]:
    for read in took:
        if read.rule.broken:
            return NOTHING, f"No rows: {read.rule.broken}"
    usable = [read for read in gave if not read.rule.broken]
    if not usable:
        return NOTHING, f"No rows: {gave[0].rule.broken}"
    rows = any_of(read.rule.rows for read in usable)
    # A denial of certain fields hides them in every row: a decision has no fields that depend on the row.
    for read in took:
        if not read.cell.grant.fields and read.rule.rows is not None:
            rows = all_of(rows, Not(read.rule.rows))
    roles = _listed(dict.fromkeys(read.cell.called for read in usable))
    lost = " ".join(f"Not counted: {read.rule.broken}" for read in gave if read.rule.broken)
    return rows, f"{roles} {question}." + (f" {lost}" if lost else "")


def any_of(rules: Iterable[Expression | None]) -> Expression | None:
    """Return what satisfies one of *rules*; None stands for everything."""
    found: dict[str, Expression] = {}
    for rule in rules:
        if rule is None:
            return None
        found[repr(rule)] = rule  # by its text: to Python, 1 and True are the same
    return next(iter(found.values())) if len(found) == 1 else Or(tuple(found.values()))


def all_of(one: Expression | None, other: Expression | None) -> Expression | None:
    """Return what satisfies both, each condition once; None stands for everything."""
    found: dict[str, Expression] = {}
    for rule in (one, other):
        if rule is not None:
            for item in rule.items if isinstance(rule, And) else (rule,):
                found[repr(item)] = item
    if one is None and other is None:
        return None
    return next(iter(found.values())) if len(found) == 1 else And(tuple(found.values()))


def most_generous(reads: Sequence[Read]) -> tuple[dict[str, FieldAccess], FieldAccess]:
    """Return the highest access that one of *reads* gives, by field, and to every other field."""
    grants = [read.cell.grant for read in reads]
    names = dict.fromkeys(name for grant in grants for name in (grant.fields or ()))
    access = {
        name: max(((grant.fields or {}).get(name, grant.default_access) for grant in grants), key=RANK.__getitem__)
        for name in names
    }
    return access, max((grant.default_access for grant in grants), key=RANK.__getitem__)


def lowest(one: FieldAccess, other: FieldAccess) -> FieldAccess:
    """Return the lower of two."""
    return one if RANK[one] <= RANK[other] else other


def narrowed(decision: Decision, other: Decision) -> Decision:
    """Return *decision* with the rows of both, and for each field the lower access of the two."""
    names = {**decision.fields, **other.fields}
    default = lowest(decision.default_access, other.default_access)
    fields = {name: lowest(decision.access(name), other.access(name)) for name in names}
    return replace(
        decision, rows=all_of(decision.rows, other.rows), fields=_tidy(fields, default), default_access=default
    )


def veiled(decision: Decision, reading: Decision) -> Decision:
    """Return *decision* with the rows of both; what *reading* does not let be read is not open to it either."""
    names = {**decision.fields, **reading.fields}
    default = lowest(decision.default_access, _cover(reading.default_access))
    fields = {name: lowest(decision.access(name), _cover(reading.access(name))) for name in names}
    return replace(
        decision, rows=all_of(decision.rows, reading.rows), fields=_tidy(fields, default), default_access=default
    )


def _cover(access: FieldAccess) -> FieldAccess:
    """What cannot be read cannot be written; what can be read may well be written by another grant."""
    return access if access in ("hidden", "masked") else "write"


def capped(decision: Decision, names: Iterable[str], at: FieldAccess) -> Decision:
    """Return *decision* with at most the access *at* to the fields called *names*."""
    fields = dict(decision.fields) | {name: lowest(decision.access(name), at) for name in names}
    return replace(decision, fields=_tidy(fields, decision.default_access))


def _tidy(fields: Mapping[str, FieldAccess], default: FieldAccess) -> dict[str, FieldAccess]:
    """Two decisions that narrow alike shall look alike."""
    return {name: access for name, access in sorted(fields.items()) if access != default}


def _listed(names: Iterable[str]) -> str:
    names = [repr(name) for name in names]
    if len(names) == 1:
        return f"The role {names[0]} gives"
    return f"The roles {', '.join(names[:-1])} and {names[-1]} give"
