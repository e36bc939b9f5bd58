"""What every plugin keeps, as a suite to subclass.

    class TestArchive(PluginContract):
        folder = Path(__file__).parent.parent

It starts a kernel on an empty project that holds nothing but the plugin, so it needs no database of yours.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from nexus_admin.kernel.declared import Declared
from nexus_admin.kernel.extensions import bundled_root, read_manifest
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.web.markup import faults

LEAST_WORDS = 3


class PluginContract:
    """Subclass it in a test module and name the plugin's folder."""

    folder: ClassVar[Path]

    # ── the folder ───────────────────────────────────────────────────────────────────────────

    def test_the_manifest_says_what_it_is(self) -> None:
        """A title, a version and a sentence, for the page of extensions."""
        manifest = read_manifest(self.folder / "plugin.toml")
        assert manifest.title, "Put a `title` into plugin.toml."
        assert manifest.version != "0", "Put a `version` into plugin.toml."
        assert len(manifest.description.split()) >= LEAST_WORDS, "Put a `description`, a sentence, into plugin.toml."

    def test_it_says_how_to_use_it(self) -> None:
        """A README.md beside the code."""
        assert (self.folder / "README.md").read_text("utf-8").startswith("# ")

    def test_it_knows_nothing_of_ours_but_the_sdk(self) -> None:
        """Whatever else it imported could change under it."""
        wrong = {f"{file.name}: {name}" for file, name in self._imports() if not _allowed(name)}
        assert not wrong, f"These are imports of ours beside nexus_admin.sdk: {', '.join(sorted(wrong))}."

    def test_its_templates_run_under_the_content_policy(self) -> None:
        """No inline script, style or handler."""
        wrong = [
            f"{file.name}, {fault}"
            for file in sorted(self.folder.glob("templates/**/*.html"))
            for fault in faults(file.read_text("utf-8"))
        ]
        assert wrong == []

    # ── in a kernel ──────────────────────────────────────────────────────────────────────────

    def test_it_starts(self) -> None:
        """It reaches `started`, without an error."""
        with self.running() as kernel:
            status = kernel.hooks.statuses[self._id]
            assert (status.state, status.error) == ("started", "")

    def test_what_it_declares_can_be_read_by_people(self) -> None:
        """Actions and pages have titles; it asks for the permissions that it declares."""
        with self.running() as kernel:
            declared = kernel.declared
            assert all(action.title for action in declared.actions if action.owner == self._id)
            assert all(job.title for job in declared.jobs.values() if job.owner == self._id)
            assert all(page.title for page in declared.pages.values() if page.owner == self._id)
            missing = self._permissions(declared) - set(read_manifest(self.folder / "plugin.toml").permissions)
            assert not missing, f"Add to `permissions` in plugin.toml: {', '.join(sorted(missing))}."

    def test_switched_off_it_leaves_nothing_behind(self) -> None:
        """Neither an action nor a page, a job, a listener or middleware."""
        with self.running() as kernel:
            kernel.hooks.switch_off(self._id)
            assert self._permissions(kernel.declared) == set()
            assert [one for one in kernel.declared.listeners if one.owner == self._id] == []
            assert [action.name for action in kernel.actions if action.owner == self._id] == []
            assert [one.name for one in kernel.jobs if one.owner == self._id] == []
            assert [one.name for one in kernel.declared.middleware if one.owner == self._id] == []

    # ── what the tests are made of ───────────────────────────────────────────────────────────

    @property
    def _id(self) -> str:
        return f"plugins/{self.folder.name}"

    @contextmanager
    def running(self) -> Iterator[Kernel]:
        """Start a kernel on a project that holds the plugin; one that comes with Nexus is there anyway."""
        with TemporaryDirectory() as name:
            project = Path(name)
            if self.folder.resolve().parent.parent != bundled_root():
                shutil.copytree(self.folder, project / "plugins" / self.folder.name)
            state, given = str(project / "state.db"), {"extensions.on": [self._id]}
            options = Options(project=project, state=state, environ={}, given=given)
            kernel = Kernel(options).start()
            try:
                yield kernel
            finally:
                kernel.stop()

    def _permissions(self, declared: Declared) -> set[str]:
        actions = {action.needs for action in declared.actions if action.owner == self._id}
        return actions | {page.permission for page in declared.pages.values() if page.owner == self._id}

    def _imports(self) -> Iterator[tuple[Path, str]]:
        for file in sorted(self.folder.rglob("*.py")):
            if "tests" in file.relative_to(self.folder).parts:
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    yield from ((file, alias.name) for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    yield file, node.module or ""


def _allowed(module: str) -> bool:
    ours = module == "nexus_admin" or module.startswith("nexus_admin.")
    return not ours or module == "nexus_admin.sdk" or module.startswith("nexus_admin.sdk.")
