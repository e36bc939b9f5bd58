"""A project with extensions, written into a folder as a user writes one."""

from pathlib import Path

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.waiting import PATIENCE

HOUSE = Target("nexus")


def plugin(project: Path, name: str, code: str, manifest: str = "", kind: str = "plugins") -> Path:
    """Write an extension into *project*."""
    folder = project / kind / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{kind.removesuffix('s')}.toml").write_text(f'name = "{name}"\n{manifest}')
    (folder / "__init__.py").write_text(code)
    return folder


def kernel_of(project: Path, **given: object) -> Kernel:
    """Start a kernel on *project*, with its own state beside it."""
    more = {"patience": PATIENCE, **given}
    return Kernel(Options(project=project, state=str(project / "state.db"), environ={}, **more)).start()  # type: ignore[arg-type]


def owner_of(kernel: Kernel) -> Actor:
    """Return somebody who may do everything."""
    user = kernel.access.users.by_email("ana@example.com") or kernel.access.users.create(
        "ana@example.com", password="a long passphrase 77", roles=("owner",), by=Actor.system("test")
    )
    found = kernel.access.actor_of_user(user.id)
    assert found is not None
    return found


def perform(kernel: Kernel, action: str, target: Target = HOUSE, **data: object) -> object:
    """Run an action as the owner."""
    return kernel.perform(Call(action, target, data, owner_of(kernel)))
