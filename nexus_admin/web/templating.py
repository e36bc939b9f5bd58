"""Templates: the environment, and what every page is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from nexus_admin.actions.live.topics import topic_of
from nexus_admin.screens import formats
from nexus_admin.screens.devices import device_icon, device_name
from nexus_admin.screens.icons import icon
from nexus_admin.screens.marks import hue, initials
from nexus_admin.sdk.status import humanised
from nexus_admin.web.compiling import Templates
from nexus_admin.web.extension_files import own_address
from nexus_admin.web.extension_parts import ExtensionParts
from nexus_admin.web.overrides import OwnFirst, own_folder
from nexus_admin.web.sidebar import Sidebar

if TYPE_CHECKING:
    from nexus_admin.kernel.themes import Theme
    from nexus_admin.web.visit import Visit

HERE = Path(__file__).parent
DIST = HERE / "static" / "dist"
TEMPLATES = HERE / "templates"


class Pages:
    """Draws templates with the built assets' names.

    Args:
        project: A project's folder; its own templates and static files go before ours. None for none.
    """

    def __init__(self, project: Path | None = None) -> None:
        own, self._static = own_folder(project, "templates"), own_folder(project, "static")
        manifest = DIST / "manifest.json"
        self.assets: dict[str, str] = json.loads(manifest.read_text("utf-8")) if manifest.is_file() else {}
        self.environment = Templates(
            loader=OwnFirst(TEMPLATES, own) if own else jinja2.FileSystemLoader(TEMPLATES),
            auto_reload=own is not None,
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.parts = ExtensionParts(own)
        self.sidebar = Sidebar(self.environment)
        self.environment.globals |= {"_": lambda text: text, "topic_of": topic_of}
        self.environment.filters |= {
            "humanised": humanised,
            "initials": initials,
            "hue": hue,
            "device_name": device_name,
            "device_icon": device_icon,
            "topics_over": topics_over,
        }

    def asset(self, name: str, base: str = "") -> str:
        """Return the address of a built file, or of the project's own in its place."""
        if self._static is not None and (self._static / name).is_file():
            return f"{base}{own_address(self._static, name)}"
        return f"{base}/static/{self.assets.get(name, name)}"

    def draw(self, template: str, visit: Visit, context: dict[str, Any]) -> str:
        """Return the HTML of *template*."""
        base = visit.locale.base
        given: dict[str, Any] = {
            "base": base,
            "asset": lambda name: self.asset(name, base),
            "icon": lambda name, size="": icon(name, visit.locale, size),
            "sprite": visit.locale.sprite,
            "show_ago": lambda at: formats.ago(at, visit.locale.now),
            "show_moment": lambda at: formats.moment(at, visit.locale),
            "show_day": lambda at: formats.day(at.astimezone(visit.locale.zone).date(), visit.locale),
            "actor": visit.actor,
            "csrf": visit.csrf,
            "since": f"{visit.locale.now.timestamp():.6f}",
            "reader": visit.reader,
            "said": visit.reader.said,
            "address": visit.here,
            "skin": skin_path(visit.kernel.theme),
            "project": visit.kernel.settings["project.name"],
            "environment": visit.kernel.settings["project.environment"],
            "development": visit.kernel.settings["server.development"],
            "audited": visit.kernel.access.decide(visit.actor, "audit.view", "nexus", None).allowed,
            "slot": lambda name, **known: self.parts.slot(name, visit, known),
        }
        here = context.get("here", "")
        given["sidebar"] = lambda: self.sidebar.draw(visit, here, given)
        return self.environment.get_template(template).render({**given, "here": here, **context})


def topics_over(tables: Sequence[str]) -> list[str]:
    """Return the live topics of tables that are named as `source/table`."""
    return [topic_of("rows", *one.split("/", 1)) for one in tables]


def skin_path(theme: Theme | None) -> str:
    """Return the address of a theme's stylesheet, "" for none; it changes with what is in it."""
    return f"/x/themes/{theme.name}/{theme.stamp}.css" if theme else ""
