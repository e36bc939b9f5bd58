"""Why a decision is as it is: every grant that could have had a say, what it said, and which one decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from nexus_admin.access.algebra import RANK, Read
from nexus_admin.access.book import Cell, Question, RoleBook
from nexus_admin.access.decide import Decisions, needs
from nexus_admin.access.roles import Roles
from nexus_admin.access.rules import ReadRule, around
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.role import Grant
from nexus_admin.domain.row import Row
from nexus_admin.language.evaluate import Related, evaluate
from nexus_admin.language.variables import Variables


@dataclass(frozen=True, slots=True)
class Step:
    """One grant and what it had to say.

    Args:
        role: Whose grant it is; `everyone` for what whoever is signed in may.
        grant: As the role has it; None for a step that is not a grant (a token's scopes, a policy).
        effect: What it does where it matches.
        matched: Whether it speaks of the question, and of the row where one is asked about.
        sentence: The same for people.
        decided: Whether this one settled it.
        concerns: Whether its action and table are those that were asked about, whatever its rows.
    """

    role: str
    grant: Grant | None
    effect: Literal["allow", "deny"]
    matched: bool
    sentence: str
    decided: bool = False
    concerns: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its reasons.

    Args:
        decision: What `decide` answers.
        allowed: Whether it holds for the row and the field that were asked about, too.
        steps: In the order in which they are looked at.
        sentence: The short answer.
    """

    decision: Decision
    allowed: bool
    steps: tuple[Step, ...]
    sentence: str

    @property
    def deciding(self) -> Step | None:
        """The step that settled it."""
        return next((step for step in self.steps if step.decided), None)


class Explain:
    """Answers "why?" for any actor, also for one that does not exist."""

    def __init__(self, decisions: Decisions, roles: Roles) -> None:
        self._decisions = decisions
        self._roles = roles

    def why(
        self,
        actor: Actor,
        action: str,
        source: str,
        resource: Resource | str | None = None,
        *,
        row: Row | None = None,
        field: str | None = None,
        related: Related | None = None,
        book: RoleBook | None = None,
    ) -> Explanation:
        """Explain what `decide` answers.

        Args:
            actor, action, source, resource: As for `decide`.
            row: One row, with all its values: does the row rule let it through?
            field: One field of the resource: may it be seen, read, written?
            related: Gives rows at the other end of relations, for rules that walk them.
            book: Roles that are not saved yet.
        """
        book = book or self._roles.book()
        decision = self._decisions.fresh(book, actor, action, source, resource)
        table = resource if isinstance(resource, Resource) else None
        look = _Look(self._decisions, actor, table, row, field, related)
        steps: list[Step] = []
        if actor.kind not in ("system", "anonymous"):
            for asked in (action, *(needs(action) if table is not None else ())):
                reads = self._decisions.reads(book, actor, asked, source, resource)
                question = Question(asked, source, table.name if table else _text(resource))
                steps += look.steps(book.cells_of(actor), reads, question)
        allowed, sentence = look.verdict(decision, action)
        return Explanation(decision, allowed, _settled(steps, decision, allowed, sentence, field), sentence)


class _Look:
    """One question, looked at from the row and the field that were asked about."""

    def __init__(
        self,
        decisions: Decisions,
        actor: Actor,
        table: Resource | None,
        row: Row | None,
        field: str | None,
        related: Related | None,
    ) -> None:
        self._decisions = decisions
        self._actor = actor
        self._table = table
        self._row = row
        self._field = field
        self._related = related

    def steps(self, cells: tuple[Cell, ...], reads: list[Read], question: Question) -> list[Step]:
        """Return a step for each of *cells* about this action, those that do not match last in their role."""
        rules = {(read.cell.role, read.cell.index): read.rule for read in reads}
        steps = []
        for cell in cells:
            rule = rules.get((cell.role, cell.index))
            effect = cell.grant.effect
            if rule is None:
                steps.append(Step(cell.role, cell.grant, effect, False, _passes_by(cell, question), concerns=False))
                continue
            matched, said = self._says(cell, rule, question)
            steps.append(Step(cell.role, cell.grant, effect, matched, said))
        return steps

    def verdict(self, decision: Decision, action: str) -> tuple[bool, str]:
        """Return whether *decision* holds for the row and the field, and a sentence about it."""
        if not decision.allowed:
            return False, decision.reason
        if self._row is not None and decision.rows is not None and not self._holds(decision.rows):
            return False, f"This row is not among those on which {action} is allowed. {decision.reason}"
        if self._field is not None:
            access = decision.access(self._field)
            words = {"hidden": "is hidden", "masked": "is masked", "read": "can be read", "write": "can be written"}
            return RANK[access] >= RANK["read"], f"{self._field} {words[access]}. {decision.reason}"
        return True, decision.reason

    def _says(self, cell: Cell, rule: ReadRule, question: Question) -> tuple[bool, str]:
        verb = "denies" if cell.denies else "gives"
        what = f"{cell.called!r} {verb} {question}"
        if rule.broken:
            return True, f"{what}, but: {rule.broken}"
        matched = True
        if rule.rows is None:
            rows = " on every row" if self._table is not None else ""
        elif self._row is None:
            rows = " on the rows of its rule"
        else:
            matched = self._holds(rule.rows)
            rows = " on this row" if matched else " on other rows than this one"
        return matched, f"{what}{rows}{self._field_part(cell)}."

    def _field_part(self, cell: Cell) -> str:
        grant = cell.grant
        if self._field is None:
            return ""
        if cell.denies:
            return f", and hides {self._field}" if self._field in (grant.fields or ()) else ""
        return f", with {self._field} as {(grant.fields or {}).get(self._field, grant.default_access)!r}"

    def _holds(self, rule: Expression) -> bool:
        if self._table is None or self._row is None:
            return False
        schema = around(self._table, self._decisions.schema_of(self._table.source))
        variables = Variables(self._actor, datetime.now(UTC), ZoneInfo("UTC"), None)
        try:
            return evaluate(rule, self._row, schema, self._table.name, variables, self._related)
        except NexusError:
            return False


def _settled(
    steps: list[Step], decision: Decision, allowed: bool, sentence: str, field: str | None
) -> tuple[Step, ...]:
    """Mark the one that decided; where it was none of the grants, say what it was at the end."""
    at = _deciding(steps, decision, allowed, field)
    if at is None:
        effect: Literal["allow", "deny"] = "allow" if allowed else "deny"
        return (*steps, Step("", None, effect, True, sentence, decided=True))
    return tuple(replace(step, decided=index == at) for index, step in enumerate(steps))


def _deciding(steps: list[Step], decision: Decision, allowed: bool, field: str | None) -> int | None:
    found = [index for index, step in enumerate(steps) if step.matched]
    denials = [index for index in found if steps[index].effect == "deny" and _denies(steps[index], decision, field)]
    if not allowed:
        return denials[0] if denials else None
    allows = [index for index in found if steps[index].effect == "allow"]
    if field is not None:
        allows.sort(key=lambda index: -RANK[_access(steps[index].grant, field)])
    return allows[0] if allows else None


def _denies(step: Step, decision: Decision, field: str | None) -> bool:
    grant = step.grant
    if grant is None or not grant.fields:
        return True
    return decision.allowed and field is not None and field in grant.fields


def _access(grant: Grant | None, field: str) -> Literal["hidden", "masked", "read", "write"]:
    return "hidden" if grant is None else (grant.fields or {}).get(field, grant.default_access)


def _passes_by(cell: Cell, question: Question) -> str:
    grant = cell.grant
    verb = "denies" if cell.denies else "gives"
    return f"{cell.called!r} {verb} {grant.action} on {grant.source}/{grant.resource}, which is not {question}."


def _text(resource: Resource | str | None) -> str | None:
    return resource.name if isinstance(resource, Resource) else resource
