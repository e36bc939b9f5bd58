"""Dashboards as TOML files: read with errors that name file, key and neighbour; what is written reads back the same.

title = "Sales"
source = "shop"

[[filters]]
field = "placed_at"
kind = "period"

[[widgets]]
widget = "bar"
title = "Orders by status"
[widgets.options]
resource = "orders"
by = "status"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nexus_admin.dashboards.mistakes import mistakes
from nexus_admin.dashboards.toml_text import toml_key, toml_value
from nexus_admin.domain.errors import SettingError
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.widget import Dashboard, Placement, Widget


def load(path: Path, widgets: Mapping[str, Widget] | None = None) -> Dashboard:
    """Read one dashboard; its name is the file's unless the file gives another.

    Args:
        path: A TOML file.
        widgets: Where given, the widgets' names and options are checked too.

    Raises:
        SettingError: names the file and, for every mistake, the key and its nearest neighbour.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: the file cannot be read ({error}).") from None
    return read(text, str(path), path.stem, widgets)


def load_folder(
    folder: Path, widgets: Mapping[str, Widget] | None = None
) -> tuple[dict[str, Dashboard], list[SettingError]]:
    """Read every `*.toml` in *folder*; a bad file stands among the errors and takes no other one down."""
    found: dict[str, Dashboard] = {}
    errors: list[SettingError] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            dashboard = load(path, widgets)
            if dashboard.name in found:
                raise SettingError(f"{path}: another file already holds a dashboard called {dashboard.name!r}.")
            found[dashboard.name] = dashboard
        except SettingError as error:
            errors.append(error)
    return found, errors


def read(text: str, file: str, name: str = "", widgets: Mapping[str, Widget] | None = None) -> Dashboard:
    """Read a dashboard from TOML *text*; *file* is what errors call it.

    Raises:
        SettingError: as `load`.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{file}: this is not TOML: {error}.") from None
    try:
        dashboard = Dashboard.model_validate({"name": name, **told})
    except ValidationError as error:
        raise SettingError(_all(file, mistakes(error, Dashboard))) from None
    if widgets is not None:
        wrong = [said for at, one in enumerate(dashboard.widgets) for said in _placement(one, at, widgets)]
        if wrong:
            raise SettingError(_all(file, wrong))
    return dashboard


def write(dashboard: Dashboard) -> str:
    """Return *dashboard* as TOML that `read` gives back the same."""
    lines = [
        f"{name} = {toml_value(value)}"
        for name, value in dashboard.model_dump(exclude={"filters", "widgets"}, exclude_defaults=True).items()
    ]
    for one in dashboard.filters:
        lines += ["", "[[filters]]", *_pairs(one.model_dump(exclude_defaults=True))]
    for placed in dashboard.widgets:
        lines += ["", "[[widgets]]", *_pairs(placed.model_dump(exclude={"options"}, exclude_defaults=True))]
        if placed.options:
            lines += ["[widgets.options]", *_pairs(_plain(placed.options))]
    return "\n".join(lines) + "\n"


def _pairs(values: Mapping[str, Any]) -> list[str]:
    return [f"{toml_key(name)} = {toml_value(value)}" for name, value in values.items() if value is not None]


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in options.items()}


def _placement(one: Placement, at: int, widgets: Mapping[str, Widget]) -> list[str]:
    key = f"widgets[{at + 1}]"
    widget = widgets.get(one.widget)
    if widget is None:
        return [f"{key}.widget: there is no widget called {one.widget!r}.{did_you_mean(one.widget, widgets)}"]
    try:
        widget.options.model_validate(dict(one.options))
    except ValidationError as error:
        return mistakes(error, widget.options, f"{key}.options")
    return []


def _all(file: str, wrong: list[str]) -> str:
    if len(wrong) == 1:
        return f"{file}: {wrong[0]}"
    return f"{file} has {len(wrong)} mistakes:\n" + "\n".join(f"  {one}" for one in wrong)
