"""From an answered entry to a form in its frame."""

from __future__ import annotations

from collections.abc import Sequence

from nexus_admin.sdk import Drawing, EntryForm

from .options import FormOptions


def draw(options: FormOptions, results: Sequence[EntryForm]) -> Drawing:
    """Return `form`, safe to print as it is."""
    form = results[0]
    does = "adds to" if form.action == "row.create" else "changes a row of"
    return Drawing({"form": form.html}, f"A form that {does} {form.resource}: {', '.join(form.fields)}.")
