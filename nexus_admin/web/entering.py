"""Forms on a dashboard: what their viewer may write, with the inputs of the record's own form, sent to its address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from nexus_admin.actions.refusals import plainly
from nexus_admin.actions.rows.describing import knows
from nexus_admin.actions.rows.row import Record
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import Forbidden, NexusError, Refused
from nexus_admin.domain.query import Entry, EntryForm
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import Row
from nexus_admin.domain.target import Target
from nexus_admin.screens.forms.inputs import text_of
from nexus_admin.screens.forms.page import FormPage, form_page
from nexus_admin.web.conditions import unseen_in

if TYPE_CHECKING:
    from nexus_admin.web.visit import Visit

Titles = Mapping[str, Mapping[str, str]]
Texts = Mapping[str, str]
WAYS = {"row.create": "new", "row.update": "edit"}
"""Where a form is sent, below the address of the table or the row."""


@dataclass(frozen=True)
class Entering:
    """One form that is asked for.

    Args:
        visit: Of whom.
        entry: What is asked for.
        place: What tells it from other forms of the page.
        back: Where its viewer goes when it was saved.
    """

    visit: Visit
    entry: Entry
    place: str
    back: str

    def form(self, texts: Texts | None = None, errors: Texts | None = None) -> EntryForm:
        """Return the form; *texts* is what was sent before, *errors* a sentence for each field that is wrong.

        Raises:
            Forbidden: the viewer may not know of the table.
        Refused: they may not write there, or not what the form must have.
            NotFound: there is no such row for them.
        """
        resource, decision, row, labels = self._known()
        fixed = {name: text_of(value) for name, value in self.entry.presets.items() if name not in self.entry.fields}
        sent = texts or {name: text_of(value) for name, value in self.entry.presets.items() if name not in fixed}
        page = form_page(
            resource, decision, self.visit.kernel.kind, self.visit.locale, row,
            texts=sent, labels=row_titles(self.visit, resource, sent, labels), errors=errors,
            fields=self.entry.fields or [one.name for one in resource.fields if one.name not in fixed],
            scope=f"{self.place}-", unseen=unseen_in(self.visit, resource, decision, {**fixed, **sent}, row),
        )  # fmt: skip
        inputs = [one for one in page.inputs if one.template != "fixed"]
        self._check(resource, decision, {one.field.name for one in inputs}, fixed)
        titles = tuple(one.field.title for one in inputs)
        html = Markup(self._drawn(page, fixed, resource))
        return EntryForm(html, resource.title, resource.singular, titles, self.entry.action)

    def _drawn(self, page: FormPage, fixed: Texts, resource: Resource) -> str:
        target = Target(self.entry.source, self.entry.resource, self.entry.key or None)
        return self.visit.pages.draw(
            "dashboards/_entry.html", self.visit,
            {
                "form": page, "fixed": fixed, "entry": self.entry, "place": self.place, "back": self.back,
                "action": f"{self.visit.locale.base}{target.path}/{WAYS[self.entry.action]}",
                "asking": f"{self.visit.locale.base}{target.path}/~unseen",
                "button": self.entry.button or (f"Add {resource.singular.lower()}" if not self.entry.key else "Save"),
            },
        )  # fmt: skip

    def _known(self) -> tuple[Resource, Decision, Row | None, Titles]:
        source = self.visit.kernel.sources.get(self.entry.source)
        resource = source.schema.resource(self.entry.resource)
        decision = self.visit.kernel.access.decide(self.visit.actor, self.entry.action, self.entry.source, resource)
        if not knows(self.visit.kernel.access, self.visit.actor, resource):
            raise Forbidden(decision.reason)
        if not decision.allowed:
            raise Refused(plainly(self.visit.kernel.actions.get(self.entry.action), resource, decision))
        if source.read_only:
            raise Refused(f"{source.name} is connected read-only, so nothing can be entered here.")
        if not resource.writable:
            raise Refused(resource.why_read_only or f"{resource.title} cannot be written.")
        if self.entry.action == "row.create":
            return resource, decision, None, {}
        record: Record = self.visit.perform("row.edit", Target(self.entry.source, self.entry.resource, self.entry.key))
        return resource, record.decision, record.row, record.labels

    def _check(self, resource: Resource, decision: Decision, shown: set[str], fixed: Texts) -> None:
        """A form that could never be saved is not shown."""
        for name in fixed:
            if not decision.writes(name):
                raise Refused(f"You may not fill in {resource.field(name).title}, which this form sets.")
        if not shown:
            raise Refused(f"You may not fill in any field of this form on {resource.title}.")
        for one in resource.fields if self.entry.action == "row.create" else ():
            if one.required and one.name not in shown and one.name not in fixed:
                why = "This form leaves out" if decision.writes(one.name) else "You may not fill in"
                raise Refused(f"{why} {one.title}, which every {resource.singular.lower()} needs.")


def sent_entry(visit: Visit, target: Target, texts: Texts) -> Entering | None:
    """Return the form on a dashboard that was sent and is asked for again by a script; None where it was none."""
    place = visit.form.get("entry", "")
    if not place or f"entry-{place}" not in visit.fragment.split():
        return None
    presets = {name: texts[name] for name in visit.every("entry.preset") if name in texts}
    entry = Entry(
        target.source, target.resource or "", "row.update" if target.key else "row.create",
        tuple(visit.every("entry.field")), presets, target.key or "", visit.form.get("entry.button", "")[:80],
    )  # fmt: skip
    return Entering(visit, entry, place[:40], visit.form.get("entry.back", ""))


def row_titles(visit: Visit, resource: Resource, texts: Texts, known: Titles) -> Titles:
    """Return *known* with the titles of the rows that *texts* point to: a look at one row each, never at a list."""
    found = {name: dict(titles) for name, titles in known.items()}
    for relation in resource.relations:
        if relation.many or len(relation.pairs) != 1:
            continue
        text = texts.get(relation.pairs[0][0], "").strip()
        key = segment(text)
        if not text or key in found.get(relation.name, {}):
            continue
        try:
            far: Record = visit.perform("row.read", Target(resource.source, relation.to, key), {"labels": False})
        except NexusError:
            continue  # the key that was typed is shown as it stands, and the save says what is wrong with it
        found.setdefault(relation.name, {})[key] = far.title
    return found
