"""What was refunded on a day, added up by currency when the day is over."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from nexus_admin.sdk import JobContext, Target, job

PAYMENTS = Target("shop", "payments")
AT_ONCE = 500


class Day(BaseModel):
    """Which day."""

    day: date | None = Field(None, description="Yesterday, where none is given.")


@job("refunds.nightly_totals", title="Add up the refunds of the day", input=Day, cron="15 0 * * *")
def nightly_totals(job: JobContext, data: Day) -> dict[str, Any]:
    """Return how many refunds there were and what they come to; kept with the run."""
    day = data.day or datetime.now(UTC).date() - timedelta(days=1)
    count, sums = 0, defaultdict[str, Decimal](Decimal)
    asked: dict[str, Any] = {"filter": _of(day), "fields": "amount,currency", "limit": AT_ONCE, "sort": "id"}
    while True:
        page = job.perform("row.list", PAYMENTS, asked).page
        for row in page.rows:
            sums[row["currency"]] += row["amount"]
        count += len(page.rows)
        job.progress(count, text=f"{day}")
        if page.next is None:
            return {"day": day, "refunds": count, "sums": dict(sorted(sums.items()))}
        asked["after"] = page.next


def _of(day: date) -> dict[str, Any]:
    span = [("ge", day), ("lt", day + timedelta(days=1))]
    paid = [{"field": "paid_at", "op": op, "value": at.isoformat()} for op, at in span]
    return {"and": [{"field": "status", "op": "eq", "value": "refunded"}, *paid]}
