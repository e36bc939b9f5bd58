"""What a project puts in the place of the house's own: templates and static files, each under the path that ours has.

`templates/home.html` stands for our `home.html`, `templates/plugins/archive/page.html` for that plugin's `page.html`,
`static/style.css` for our stylesheet. Whoever wants ours with a change extends it as `nexus/home.html`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import jinja2
from jinja2 import meta

from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.web.markup import faults

OURS = "nexus/"
"""Before the name of a template, ours is meant, whatever the project has."""

Source = tuple[str, str | None, Callable[[], bool] | None]


def own_folder(project: Path | None, name: str) -> Path | None:
    """Return the folder *name* of a project, None where there is none.

    A folder without `nexus.toml` is no project: somebody else's `templates/` may lie in it.
    """
    if project is None or not (project / "nexus.toml").is_file() or not (project / name).is_dir():
        return None
    return (project / name).resolve()


class OwnFirst(jinja2.BaseLoader):
    """Loads a project's template where it has one of that path, else ours; it may come and go while the app runs.

    Args:
        house: The folder of ours.
        own: The folder of the project's.
    """

    def __init__(self, house: Path, own: Path) -> None:
        self._house, self._own, self._folder = jinja2.FileSystemLoader(house), jinja2.FileSystemLoader(own), own

    def get_source(self, environment: jinja2.Environment, template: str) -> Source:
        """Return (text, file, whether it is still the one to take).

        Raises:
            TemplateNotFound: neither has it.
        """
        if template.startswith(OURS):
            return self._house.get_source(environment, template.removeprefix(OURS))
        try:
            return self._own.get_source(environment, template)
        except jinja2.TemplateNotFound:
            text, file, unchanged = self._house.get_source(environment, template)
            own = self._folder / template
            return text, file, lambda: not own.is_file() and (unchanged is None or unchanged())


def problems(own: Path, house: Path, extensions: dict[str, Path]) -> Iterator[str]:
    """Yield what is wrong with a project's templates: their syntax, what the content policy refuses, names of none.

    Args:
        own: The project's folder of templates.
        house: The folder of ours.
        extensions: The folder of each extension's templates, by its id.
    """
    environment = jinja2.Environment(autoescape=True)
    known = {_name(house, one) for one in house.rglob("*.html")}
    known |= {f"{owner}/{_name(folder, one)}" for owner, folder in extensions.items() for one in folder.rglob("*.html")}
    found: list[str] = []
    asked: set[str | None] = set()
    for file in sorted(own.rglob("*.html")):
        name = _name(own, file)
        try:
            text = file.read_text("utf-8")
            asked |= set(meta.find_referenced_templates(environment.parse(text)))
        except jinja2.TemplateSyntaxError as error:
            yield f"templates/{name}, line {error.lineno}: {error.message}"
            continue
        except (OSError, UnicodeDecodeError) as error:
            yield f"templates/{name} cannot be read: {error}."
            continue
        yield from (f"templates/{name}, {fault}" for fault in faults(text))
        found.append(name)
    for name in found:
        if name not in known and name not in asked:
            yield f"templates/{name} takes the place of no template, and none uses it.{did_you_mean(name, known)}"


def _name(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()
