"""`answers.forget`: dropping remembered answers by their tags, for who wrote to a database past Nexus."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.answers import Answers
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action


class Forgetting(BaseModel):
    """Which answers."""

    model_config = ConfigDict(extra="forbid")

    pattern: str = Field(
        min_length=1, max_length=500, description="Of tags: `shop/orders`, `shop/*`, `*`; names as in addresses."
    )


def forget(unit: Unit, data: Forgetting) -> None:
    """Drop every remembered answer that read one of the tables that *pattern* means."""
    answers = unit.service(Answers)
    unit.after_commit(lambda: answers.invalidate(data.pattern))
    unit.detail = f"Answers of {data.pattern} are asked anew."


ACTIONS = (Action("answers.forget", Forgetting, forget, "Forget answers", on="house", transaction=False),)
