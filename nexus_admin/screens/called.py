"""What a row is called where it stands alone: a number says nothing without what it is a number of."""

from __future__ import annotations

from nexus_admin.actions.rows.row import Record


def called(record: Record) -> str:
    """Return the row's title, behind what it is a row of where no letter is in it: `Order #1048210`, `Hannah Vogel`."""
    title = record.title
    return title if any(letter.isalpha() for letter in title) else f"{record.resource.singular} {title}"
