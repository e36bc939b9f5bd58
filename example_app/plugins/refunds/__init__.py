"""Refund a payment, and the desk where one looks for it: the payment and its order change together, or not at all."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from nexus_admin.sdk import (
    Action,
    And,
    Comparison,
    EventModel,
    Job,
    ListRequest,
    Nothing,
    Page,
    PageAnswer,
    PageRequest,
    Refused,
    Target,
    hookimpl,
)

from .totals import nightly_totals

PAYMENTS = Target("shop", "payments")
SHOWN = "order.number,status,method,amount,currency,paid_at"
NEWEST = 10
MOST = 500
"""Payments that are refunded at once."""


class Refund(BaseModel):
    """What has to be said with a refund."""

    reason: str = Field(min_length=3, max_length=200, description="Why the money goes back; it is kept with the order.")


class Issued(EventModel, name="refunds.issued"):
    """A payment was refunded, and its order is returned."""

    payment: str
    order: str


@hookimpl
def nexus_events() -> list[type[EventModel]]:
    """Declare what a refund tells of."""
    return [Issued]


@hookimpl
def nexus_actions() -> list[Action]:
    """Offer refunds on payments; the other one is the permission to open the desk."""
    return [
        Action("refunds.issue", Refund, issue, "Refund…", resource="payments", icon="undo"),
        Action("refunds.customer", Refund, refund_all, "Refund everything…", resource="customers", icon="undo",
               background=True, danger=True),
        Action("refunds.view", Nothing, _nothing, "See the refund desk", on="house", writes=False, transaction=False),
    ]  # fmt: skip


@hookimpl
def nexus_jobs() -> list[Job]:
    """Add up each day's refunds when it is over."""
    return [nightly_totals]


@hookimpl
def nexus_pages() -> list[Page]:
    """Declare the desk."""
    return [Page("", "Refund desk", "refunds.view", desk, icon="undo")]


def desk(request: PageRequest) -> PageAnswer:
    """GET /x/refunds?order=#1048213: the payments of that order, and what was refunded last."""
    number = request.query.get("order", "").strip()
    of_order = {"field": "order.number", "op": "eq", "value": number}
    found = payments(request, of_order) if number else []
    return PageAnswer(
        "desk.html",
        {"order": number, "found": found, "newest": payments(request, "status:refunded"), "target": PAYMENTS},
    )


def payments(request: PageRequest, which: Any) -> list[tuple[str, Any]]:
    """Return payments, the newest first, each with its key; only those that whoever asks may see."""
    asked = {"filter": which, "fields": SHOWN, "sort": "-paid_at", "limit": NEWEST}
    page = request.perform("row.list", PAYMENTS, asked).page
    return [(key or "", row) for key, row in zip(page.keys, page.rows, strict=True)]


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
    unit.emit(Issued(payment=unit.target.key, order=order))


def refund_all(unit: Any, data: Refund) -> dict[str, int]:
    """Refund every captured payment of a customer, each as by its own button; in the background, for there may be many.

    Raises:
        Refused: there is none.
    """
    customer = unit.rows().one()
    of_customer = Comparison(("order", "customer_id"), "eq", customer["id"])
    captured = And((of_customer, Comparison(("status",), "eq", "captured")))
    keys = unit.rows("payments").list(ListRequest(captured, limit=MOST)).keys
    if not keys:
        raise Refused("There is no captured payment to refund.")
    for at, key in enumerate(keys):
        unit.progress(at, len(keys), f"Payment {key}")
        unit.perform("refunds.issue", Target(unit.target.source, "payments", key), {"reason": data.reason})
    return {"rows": len(keys)}


def _nothing(_unit: Any, _data: Nothing) -> None:
    return None
