"""What the roles of a file say of sources, tables and columns that are not there: most likely a slip of the pen.

None of it is refused: a file may come before its tables, or from another installation. But a grant on nothing gives
nothing, and a denial on nothing denies nothing, so each is said with the lines where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from nexus_admin.access.patterns import fits
from nexus_admin.access.rules import rule_problems
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.role import Grant, Role

_ACTION = re.compile(r"""\baction["']?\s*[=:]""")


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to compare with.

    Args:
        schemas: The structure of each source that is connected; None where it was never read.
        tables: By the name of a source that was read once and is not connected here, the names of its tables.
        house: Names that stand for the house's own things; what is said of these is not looked at.
    """

    schemas: Mapping[str, Schema | None]
    tables: Mapping[str, Collection[str]]
    house: Collection[str]

    @property
    def sources(self) -> list[str]:
        """Every name of a source."""
        return [*self.schemas, *self.tables]

    def tables_of(self, source: str) -> Collection[str] | None:
        """Return the names of the tables of *source*, None where nobody knows them."""
        if source in self.tables:
            return self.tables[source]
        schema = self.schemas.get(source)
        return None if schema is None else schema.resources


def doubts(roles: Sequence[Role], text: str, known: Known) -> list[str]:
    """Return a sentence for each thing that *roles* name and that is not there, with its lines in *text*."""
    lines = text.splitlines()
    found: dict[str, list[int]] = {}
    for role, (first, last) in zip(roles, _parts(lines, roles), strict=True):
        places = [at for at in range(first, last) for _ in _ACTION.finditer(lines[at])]
        for n, grant in enumerate(role.grants):
            near = places[n] if len(places) == len(role.grants) else first
            for word, sentence in _of_grant(role, grant, known):
                at = _line(lines, word, near, range(first, last)) + 1
                if at not in (told := found.setdefault(sentence, [])):
                    told.append(at)
    return [f"{_spelled(sorted(told))}: {sentence}" for sentence, told in found.items()]


def _of_grant(role: Role, grant: Grant, known: Known) -> Iterator[tuple[str, str]]:
    """Yield the word that stands for nothing, "" for the whole grant, and what is to be said of it."""
    source, resource = grant.source, grant.resource
    if source in known.house or (source == "*" and resource == "*"):
        return
    among = [one for one in known.sources if fits(source, one)]
    if not among:
        yield source, f"There is no source called {source!r} here.{did_you_mean(source, known.sources)}"
        return
    tables = [known.tables_of(one) for one in among]
    names = [name for some in tables if some is not None for name in some]
    if None in tables and not names:
        yield source, f"The structure of {source!r} was never read, so nothing that is said of it was compared."
    elif resource != "*" and None not in tables and not any(fits(resource, name) for name in names):
        where = "any source" if source == "*" else source
        yield resource, f"There is no table {resource!r} in {where}.{did_you_mean(resource, names)}"
    schema = known.schemas.get(source)
    if schema is None or resource not in schema.resources:
        return
    fields = schema.resources[resource].by_name
    for name in grant.fields or ():
        if name not in fields:
            yield name, f"{source}/{resource} has no field {name!r}.{did_you_mean(name, fields)}"
    alone = grant.model_copy(update={"fields": None})  # what is wrong with its fields has been said
    for sentence in rule_problems([role.model_copy(update={"grants": (alone,)})], known.schemas.get):
        yield "", sentence


def _parts(lines: Sequence[str], roles: Sequence[Role]) -> list[tuple[int, int]]:
    """Return the first line of each role and the one behind its last, counted from 0."""
    starts: list[int] = []
    for role in roles:
        named = re.compile(rf"""\bname["']?\s*[=:]\s*["']{re.escape(role.name)}["']""")
        behind = starts[-1] + 1 if starts else 0
        starts.append(next((at for at in range(behind, len(lines)) if named.search(lines[at])), max(behind - 1, 0)))
    return list(zip(starts, [*starts[1:], len(lines)], strict=True))


def _line(lines: Sequence[str], word: str, near: int, among: range) -> int:
    """Return the line nearest to *near* that has *word*: in quotes, or as a key."""
    spelled = re.compile(rf"""["']{re.escape(word)}["']|\b{re.escape(word)}\s*=""")
    there = [at for at in among if word and spelled.search(lines[at])]
    return min(there, key=lambda at: abs(at - near), default=near)


def _spelled(lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"Line {lines[0]}"
    return f"Lines {', '.join(map(str, lines[:-1]))} and {lines[-1]}"
