"""Rows of one source as one actor may see and change them: every door goes through here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from nexus_admin.data import deleting, links, reading, restoring, writing
from nexus_admin.data.counting import count, facets
from nexus_admin.data.impact import Hit, Impact, impact
from nexus_admin.data.labels import labels_of, title_of, titles
from nexus_admin.data.picking import Option, pick
from nexus_admin.data.resealing import Resealing
from nexus_admin.data.restoring import Step
from nexus_admin.data.scope import Decide, Mask, Scope
from nexus_admin.data.source import DataSource
from nexus_admin.data.values.version import row_version
from nexus_admin.domain.audit import Change
from nexus_admin.domain.row import ListRequest, Row, RowCount, RowPage
from nexus_admin.language.variables import Variables

Options = list[Option]
Facets = list[tuple[Any, int]]
Changes = list[Change]

__all__ = ["Hit", "Impact", "Option", "Rows", "Step"]


class Rows:
    """Rows of one source as one actor may see and change them.

    Args:
        source: The data source.
        connection: Open, from `source.read()` or `source.write()`.
        decide: `decide(action, resource) -> Decision` of the actor.
        variables: Who, when and where, for rules and filters.
        mask: `mask(field, value) -> Masked`: what is left of a value that may not be read.

    Every method answers a row that is not there and one that is not for this actor alike: NotFound.
    """

    def __init__(
        self, source: DataSource, connection: sa.Connection, decide: Decide, variables: Variables, mask: Mask
    ) -> None:
        self._scope = Scope(source, connection, decide, variables, mask)

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def list(self, resource: str, request: ListRequest) -> RowPage:
        """Return one page, with the titles of the rows that it points to.

        Raises:
            Forbidden: the actor may not list this resource.
            UnknownField: a filter, sort or field that is not there, or not for this actor.
        """
        return reading.list_rows(self._scope, resource, request)

    def related(self, resource: str, key: str, relation: str, request: ListRequest) -> RowPage:
        """Return one page of what belongs to a row along a to-many relation, through a join table too."""
        return reading.related_rows(self._scope, resource, key, relation, request)

    def related_count(self, resource: str, key: str, relation: str, request: ListRequest) -> RowCount:
        """Count what `related` would show, up to the cap."""
        return count(self._scope, *reading.related_request(self._scope, resource, key, relation, request), "capped")

    def one(self, resource: str, key: str, action: str = "row.read") -> Row:
        """Return one row.

        Raises:
            NotFound: it is not there, or not for this actor.
        """
        return reading.one_row(self._scope, resource, key, action)

    def current(self, resource: str, key: str) -> Row | None:
        """Return a row whole and in the clear, whoever asks: for comparing, never for showing."""
        return writing.stored(self._scope, self._scope.resource(resource), key)

    def count(
        self, resource: str, request: ListRequest, how: Literal["estimate", "capped", "exact"] = "capped"
    ) -> RowCount:
        """Count what a list would show; the answer says how well it was counted."""
        return count(self._scope, resource, request, how)

    def labels(self, resource: str, rows: Sequence[Row]) -> Mapping[str, Mapping[str, str]]:
        """Return, for each to-one relation, the titles of the rows that *rows* point to, by the far key's segment."""
        return labels_of(self._scope, self._scope.resource(resource), rows)

    def titles(self, resource: str, keys: Iterable[str]) -> dict[str, str]:
        """Return the titles of the rows with these keys; of those that are there and may be listed."""
        return titles(self._scope, resource, keys)

    def title(self, resource: str, row: Row, key: str) -> str:
        """Return how *row* is called, by what of it may be read."""
        return title_of(self._scope.resource(resource), row, key)

    def version(self, row: Row) -> str:
        """Return the version of a row as `one` gave it, for an ETag and for `update`."""
        return row_version(row)

    def pick(self, resource: str, text: str, limit: int = 20) -> Options:
        """Return rows to choose from, searched by their titles on the server."""
        return pick(self._scope, resource, text, limit)

    def facets(self, resource: str, field: str, limit: int = 50) -> Facets:
        """Return the most frequent values of a field among the first rows, with how often each was seen."""
        return facets(self._scope, resource, field, limit)

    def impact(self, resource: str, key: str) -> Impact:
        """Count what deleting a row would take along, empty or be stopped by."""
        reading.one_row(self._scope, resource, key, "row.delete")
        return impact(self._scope, resource, key)

    # ── writing ──────────────────────────────────────────────────────────────────────────────

    def create(self, resource: str, values: Mapping[str, Any]) -> Change:
        """Add a row from values or texts of a form.

        Raises:
            Invalid: a sentence for each field that does not fit, or breaks a rule of the table.
            Forbidden: a field or such a row is not for this actor.
            ReadOnly: the table takes no rows.
        """
        return writing.create(self._scope, resource, values)

    def update(
        self,
        resource: str,
        key: str,
        values: Mapping[str, Any],
        expected: Mapping[str, Any] | None = None,
        version: str | None = None,
    ) -> Change:
        """Change what differs in one row.

        Args:
            resource: The resource's name.
            key: The row's key segment.
            values: New values or texts of a form, by field.
            expected: What the editor saw in those fields; None to trust.
            version: The row's version as the editor read it; None to trust.

        Raises:
            Conflict: somebody else changed the same field: base, theirs and yours.
            PreconditionFailed: the row has another version.
            NotFound, Invalid, Forbidden, ReadOnly: as `create`.
        """
        return writing.update(self._scope, resource, key, values, expected, version)

    def delete(self, resource: str, key: str) -> Changes:
        """Delete a row; return it last, after what went or lost its reference along with it.

        Raises:
            Refused: other rows hold it, or more than 500 would go along.
            Forbidden: rows would go along that the actor may not delete.
        """
        return deleting.delete(self._scope, resource, key)

    def link(self, resource: str, key: str, relation: str, far_key: str) -> Change:
        """Tie two rows through a join table."""
        return links.link(self._scope, resource, key, relation, far_key)

    def unlink(self, resource: str, key: str, relation: str, far_key: str) -> Change:
        """Untie two rows."""
        return links.unlink(self._scope, resource, key, relation, far_key)

    def resealing(self, resource: str, field: str) -> Resealing:
        """Return what brings a column into the state that is wanted for it, encrypted or not, whoever asks."""
        return Resealing(self._scope, resource, field)

    def apply(self, step: Step) -> Changes:
        """Do one step of an undo, with exact values, after comparing what stands there now.

        Raises:
            Conflict: the row is not as the step expects it.
        """
        return restoring.apply(self._scope, step)
