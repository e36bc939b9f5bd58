"""Refund a payment: the payment and its order change together, or not at all."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from nexus_admin.sdk import Action, Refused, hookimpl


class Refund(BaseModel):
    """What has to be said with a refund."""

    reason: str = Field(min_length=3, max_length=200, description="Why the money goes back; it is kept with the order.")


@hookimpl
def nexus_actions() -> list[Action]:
    """Offer it on payments."""
    return [Action("refunds.issue", Refund, issue, "Refund…", resource="payments", icon="undo")]


def issue(unit: Any, data: Refund) -> None:
    """Refund the payment.

    Raises:
        Refused: it was not captured, so there is nothing to give back.
    """
    payment = unit.rows().one()
    if payment["status"] != "captured":
        raise Refused(f"Only a captured payment can be refunded; this one is {payment['status']}.")
    unit.rows().update(status="refunded")
    order = str(payment["order_id"])
    note = unit.rows("orders").one(order).get("note")
    unit.rows("orders").update(order, status="returned", note=f"{note or ''}\nRefunded: {data.reason}".strip())
    unit.emit("refunds.issued", payment=unit.target.key, order=order)
