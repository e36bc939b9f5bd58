"""What `@me`, `@now` and `@record` mean while one expression runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import Variable
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Masked, Row, Unreadable
from nexus_admin.language.moments import read_offset, shifted

_KNOWN = ("me", "now", "today", "record")


class MissingVariable(BadExpression):
    """A variable has no value here. A row rule that needs it lets no row through."""

    code = "missing_variable"


Blind = Callable[[Field, str], Sequence[str]]


def _no_index(field: Field, _text: str) -> Sequence[str]:
    raise BadExpression(f"{field.name} is encrypted and cannot be compared here.")


@dataclass(frozen=True)
class Variables:
    """Who asks, when, where on earth, and about which record.

    Args:
        actor: What `@me` and `@me.<attribute>` are read from.
        now: Aware.
        zone: What days, weeks and relative ranges are counted in, and what a time without an offset is meant in.
        record: What `@record.<field>` is read from.
        blind: `blind(field, text)`: what the blind index of an encrypted field may hold for a text.
    """

    actor: Actor
    now: datetime
    zone: ZoneInfo
    record: Row | None = None
    blind: Blind = field(default=_no_index, compare=False, repr=False)

    @cached_property
    def today(self) -> date:
        """Today in the zone."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def for_rules(self) -> Variables:
        """The same in UTC, so that nobody moves the days of a row rule by changing their zone."""
        return self if self.zone.key == "UTC" else replace(self, zone=ZoneInfo("UTC"))

    def resolve(self, variable: Variable) -> Any:
        """Return what *variable* stands for; None only for a record's field that is null.

        Raises:
            MissingVariable: the actor has no such attribute, or there is no record.
            BadExpression: there is no such variable.
        """
        check_variable(variable)
        first, _, rest = variable.name.partition(".")
        if first == "me":
            return self._attribute(rest) if rest else self.actor.id
        if first == "record":
            return self._field(rest)
        moment: date = self.now.astimezone(self.zone) if first == "now" else self.today
        if variable.offset is not None:
            moment = shifted(moment, read_offset(variable.offset))
        return moment.astimezone(UTC) if isinstance(moment, datetime) else moment

    def _attribute(self, name: str) -> Any:
        value = self.actor.attributes.get(name)
        if value is None:
            raise MissingVariable(f"{self.actor.name or self.actor.id} has no attribute called {name!r}.")
        return value

    def _field(self, name: str) -> Any:
        if self.record is None or name not in self.record:
            raise MissingVariable(f"There is no record here that has a field called {name!r}.")
        value = self.record[name]
        if isinstance(value, (Masked, Unreadable)):
            raise MissingVariable(f"The record's {name} cannot be read.")
        return value


def check_variable(variable: Variable) -> None:
    """Refuse a variable that nobody could resolve.

    Raises:
        BadExpression: names the nearest variable, or says what is wrong with the offset.
    """
    first, dot, rest = variable.name.partition(".")
    if first not in _KNOWN or (dot and not rest) or (first == "record" and not rest):
        hint = did_you_mean(first, _KNOWN, "There are me, me.<attribute>, now, today and record.<field>.")
        raise BadExpression(f"There is no variable called {variable.name[:60]!r}.{hint}")
    if first in ("now", "today") and rest:
        raise BadExpression(f"There is no variable called {variable.name[:60]!r}. Did you mean {first!r}?")
    if variable.offset is not None:
        if first not in ("now", "today"):
            raise BadExpression(f"An offset goes with now and today, not with {variable.name[:60]!r}.")
        read_offset(variable.offset)
