"""What a form asks for: an entry into its table."""

from __future__ import annotations

from typing import Final, Literal

from nexus_admin.sdk import Entry, Schema

from .options import FormOptions

ACTIONS: Final[dict[str, Literal["row.create", "row.update"]]] = {"create": "row.create", "update": "row.update"}


def queries(options: FormOptions, schema: Schema) -> list[Entry]:
    """Return one entry."""
    action = ACTIONS[options.action]
    entry = Entry(
        options.source, options.resource, action, options.fields, options.presets, options.key, options.button
    )
    return [entry]
