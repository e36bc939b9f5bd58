"""What it asks: one function."""

from __future__ import annotations

from nexus_admin.sdk import FunctionCall, Schema

from .options import FunctionOptions


def queries(options: FunctionOptions, schema: Schema) -> list[FunctionCall]:
    """Return one call."""
    return [FunctionCall(options.action, dict(options.parameters))]
