"""Templates of extensions: each has its own folder, and what it draws is put into a page of ours."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from nexus_admin.domain.page import SlotContext
from nexus_admin.domain.target import Target
from nexus_admin.screens.icons import icon
from nexus_admin.web.extension_files import address_of
from nexus_admin.web.overrides import OwnFirst

if TYPE_CHECKING:
    from nexus_admin.kernel.kernel import Kernel
    from nexus_admin.web.visit import Visit

log = logging.getLogger(__name__)


class ExtensionParts:
    """Draws what extensions add to pages.

    Args:
        own: The project's own templates; `plugins/archive/page.html` goes before that plugin's. None for none.
    """

    def __init__(self, own: Path | None = None) -> None:
        self._own = own
        self._environments: dict[str, jinja2.Environment] = {}

    @cached_property
    def _settings(self) -> dict[str, Any]:
        return {"autoescape": True, "undefined": jinja2.StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}

    def draw(self, owner: str, template: str, visit: Visit, context: Mapping[str, Any]) -> Markup:
        """Return the HTML of *template* in the folder of the extension *owner*."""
        base = visit.locale.base
        given = {
            "base": base,
            "csrf": visit.csrf,
            "actor": visit.actor,
            "icon": lambda name, size="": icon(name, visit.locale, size),
            "static": lambda name: base + address_of(visit.kernel, owner, name),
            "link_to": lambda source, resource=None, key=None: Target(source, resource, key).path,
        }
        return Markup(self._environment(visit.kernel, owner).get_template(template).render({**given, **context}))

    def slot(self, name: str, visit: Visit, known: Mapping[str, Any]) -> Markup:
        """Return what extensions put into the place *name*; one that raises leaves it empty."""
        if not visit.actor.signed_in:
            return Markup()
        pieces = []
        for owner, piece in visit.kernel.slot(name, SlotContext(visit.actor, visit.perform, **known)):
            try:
                draw = partial(self.draw, owner, piece.template, visit, piece.context)
                pieces.append(visit.kernel.hooks.budget.timely(owner, f"template {piece.template}", draw))
            except Exception as error:
                visit.kernel.hooks.fault(owner, error)
        return Markup().join(pieces)

    def _environment(self, kernel: Kernel, owner: str) -> jinja2.Environment:
        found = self._environments.get(owner)
        if found is None:
            extension = kernel.hooks.statuses[owner].extension
            folder = extension.path / "templates"
            own = self._own / owner if self._own else None
            loader = OwnFirst(folder, own) if own else jinja2.FileSystemLoader(folder)
            edited = own is not None or extension.origin == "project"  # of the others none changes while the app runs
            found = jinja2.Environment(loader=loader, auto_reload=edited, **self._settings)
            found.globals["_"] = lambda text: text
            self._environments[owner] = found
        return found
