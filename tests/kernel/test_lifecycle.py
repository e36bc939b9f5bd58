"""An extension's life: found, loaded, migrated, started, stopped; what fails is its own matter, and is shown."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.architecture.checkout import name, tree, under
from tests.kernel.world import kernel_of, perform, plugin
from tests.waiting import until
from tests.web.world import served, signed_in

NOTES = """
from pathlib import Path
from nexus_admin.sdk import Action, Nothing, hookimpl

LOG = Path(__file__).parents[2] / "log.txt"

def note(what):
    with LOG.open("a") as out:
        out.write(what + "\\n")

note("{name} loaded")

@hookimpl
def nexus_actions():
    return [Action("{name}.say", Nothing, lambda unit, data: "said", on="house", writes=False, transaction=False)]

@hookimpl
def nexus_started():
    {started}
    note("{name} started")

@hookimpl
def nexus_stopping():
    {stopping}
    note("{name} stopped")
"""


REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before}

def upgrade():
    {does}
"""
LEDGER = """
import sqlalchemy as sa
from nexus_admin.sdk import Action, Nothing, hookimpl
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase):
    pass

class Note(Base):
    __tablename__ = "notes_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]

@hookimpl
def nexus_migrated(connection):
    connection.execute(sa.insert(Note.__table__).values(text="made"))
    {migrated}

def add(unit, data):
    def work(connection):
        with Session(connection) as session:
            session.add(Note(text="added"))
            session.flush()
    unit.in_state(work)

def see(unit, data):
    return unit.in_state(lambda one: list(one.execute(sa.select(Note.text).order_by(Note.id)).scalars()))

@hookimpl
def nexus_actions():
    house = {"on": "house", "transaction": False}
    return [Action("notes.add", Nothing, add, **house), Action("notes.see", Nothing, see, writes=False, **house)]
"""
FIRST = """op.create_table(
        "notes_note", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(80), nullable=False)
    )"""
SECOND = 'op.add_column("notes_note", sa.Column("by", sa.String(40)))'


def revisions(folder: Path, *does: str) -> None:
    """Write Alembic's revisions into the extension's folder, as its author does."""
    (folder / "migrations").mkdir(exist_ok=True)
    for number, work in enumerate(does, 1):
        before = f'"{number - 1:04}"' if number > 1 else "None"
        text = REVISION.format(revision=f"{number:04}", before=before, does=work)
        (folder / f"migrations/{number:04}_some.py").write_text(text)


@pytest.fixture(params=["sqlite", "postgresql"])
def start(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Kernel]]:
    """Start the app anew on one state, which lies in each database that it may lie in."""
    monkeypatch.setenv("NEXUS_SECRET_KEY", "k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga")
    on = str(tmp_path / "state.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url"))
    running: list[Kernel] = []

    def begin() -> Kernel:
        for one in running:
            one.stop()
        running[:] = [Kernel(Options(project=tmp_path, state=on, environ={})).start()]
        return running[0]

    yield begin
    for one in running:
        one.stop()


def tables(kernel: Kernel) -> set[str]:
    found: set[str] = kernel.state.read(lambda one: set(sa.inspect(one).get_table_names()))
    return {one for one in found if one.startswith(("notes_", "bad_"))}


def noting(project: Path, name: str, started: str = "pass", stopping: str = "pass") -> None:
    code = NOTES.replace("{name}", name).replace("{started}", started).replace("{stopping}", stopping)
    plugin(project, name, code)


def stages(kernel: Kernel) -> dict[str, str]:
    return {name.removeprefix("plugins/"): one.state for name, one in kernel.hooks.statuses.items()}


@pytest.mark.req("S003-KERN-07", "S004-MOD-02")
def test_its_own_tables_are_there_before_it_starts_and_follow_its_versions(
    start: Callable[[], Kernel], tmp_path: Path
) -> None:
    folder = plugin(tmp_path, "notes", LEDGER.replace("{migrated}", "pass"))
    revisions(folder, FIRST)
    kernel = start()
    assert stages(kernel)["notes"] == "started"
    assert tables(kernel) == {"notes_note", "notes_alembic_version"}
    perform(kernel, "notes.add")
    assert perform(kernel, "notes.see") == ["made", "added"]
    kernel = start()
    assert perform(kernel, "notes.see") == ["made", "added"]  # nothing was to be done
    revisions(folder, FIRST, SECOND)
    kernel = start()
    assert perform(kernel, "notes.see") == ["made", "added", "made"]
    columns = kernel.state.read(lambda one: [each["name"] for each in sa.inspect(one).get_columns("notes_note")])
    assert columns == ["id", "text", "by"]
    revisions(folder, FIRST, SECOND)
    (folder / "migrations/0002_some.py").unlink()
    kernel = start()
    assert stages(kernel)["notes"] == "failed"
    assert "A newer version of it has used this state" in kernel.hooks.statuses["plugins/notes"].error


@pytest.mark.req("S003-KERN-07")
@pytest.mark.parametrize(
    ("does", "migrated", "says"),
    [
        (f"{FIRST}; op.drop_table('nothing')", "pass", "could not be brought up to date: "),
        (f"{FIRST}", "raise OSError('no disk')", "no disk"),
        (f"{FIRST}; op.create_table('users', sa.Column('id', sa.Integer))", "pass", "make or drop the table 'users'"),
        (f"{FIRST}; op.drop_table('house_version')", "pass", "make or drop the table 'house_version'"),
    ],
)  # fmt: skip
def test_what_fails_on_the_way_leaves_its_tables_as_they_were_and_all_others_running(
    start: Callable[[], Kernel], tmp_path: Path, does: str, migrated: str, says: str
) -> None:
    revisions(plugin(tmp_path, "notes", LEDGER.replace("{migrated}", migrated)), does)
    noting(tmp_path, "good")
    kernel = start()
    assert (stages(kernel)["notes"], stages(kernel)["good"]) == ("failed", "started")
    assert says in kernel.hooks.statuses["plugins/notes"].error
    assert tables(kernel) == set()
    assert kernel.state.read(lambda one: sa.inspect(one).has_table("house_version"))
    assert not kernel.state.read(lambda one: sa.inspect(one).has_table("users"))
    assert perform(kernel, "good.say") == "said"


def test_one_whose_name_begins_like_tables_of_the_house_drops_none_of_them(
    start: Callable[[], Kernel], tmp_path: Path
) -> None:
    revisions(plugin(tmp_path, "stream", ""), "op.drop_table('stream_parked')")
    kernel = start()
    assert stages(kernel)["stream"] == "failed"
    assert "'stream_parked': it belongs to Nexus" in kernel.hooks.statuses["plugins/stream"].error
    assert kernel.state.read(lambda one: sa.inspect(one).has_table("stream_parked"))


def test_nothing_of_one_that_is_not_trusted_is_run_to_make_tables(tmp_path: Path) -> None:
    folder = plugin(tmp_path, "notes", "def rate(one):\n    return one\n", "isolated = true\n[functions.rate]\n")
    revisions(folder, "raise SystemExit")
    kernel = kernel_of(tmp_path)
    assert stages(kernel)["notes"] == "started"
    assert tables(kernel) == set()
    kernel.stop()


def test_one_that_is_switched_off_and_on_again_is_stopped_and_started_then(tmp_path: Path) -> None:
    noting(tmp_path, "aaa")
    revisions(tmp_path / "plugins/aaa", "op.create_table('aaa_one', sa.Column('id', sa.Integer, primary_key=True))")
    noting(tmp_path, "bbb")
    kernel = kernel_of(tmp_path)
    perform(kernel, "extension.switch", name="plugins/aaa", on=False)
    assert (stages(kernel)["aaa"], stages(kernel)["bbb"]) == ("off", "started")
    perform(kernel, "extension.switch", name="plugins/aaa", on=True)
    assert stages(kernel)["aaa"] == "started"
    assert perform(kernel, "aaa.say") == "said"
    kernel.stop()
    noted = [line for line in (tmp_path / "log.txt").read_text().splitlines() if "loaded" not in line]
    assert noted == [
        "aaa started", "bbb started", "aaa stopped", "aaa started", "bbb stopped", "aaa stopped",
    ]  # fmt: skip


def test_one_that_takes_its_time_to_stop_is_told_to_once_however_many_settings_change_meanwhile(tmp_path: Path) -> None:
    slow = "import time\n    note('slow asked')\n    while not LOG.with_name('go').exists(): time.sleep(0.01)"
    noting(tmp_path, "slow", stopping=slow)
    kernel, log = kernel_of(tmp_path), tmp_path / "log.txt"
    with ThreadPoolExecutor() as pool:
        off = pool.submit(perform, kernel, "extension.switch", name="plugins/slow", on=False)
        until(lambda: "slow asked" in log.read_text(), "it is about to stop")
        other = pool.submit(perform, kernel, "settings.change", key="lists.page_size", value="37")
        until(lambda: kernel.settings["lists.page_size"] == 37, "a setting that nothing has to wait for")
        (tmp_path / "go").touch()
        off.result()
        other.result()
    assert stages(kernel)["slow"] == "off"
    kernel.stop()
    assert log.read_text().splitlines() == ["slow loaded", "slow started", "slow asked", "slow stopped"]


@pytest.mark.req("S003-KERN-07")
def test_each_is_loaded_started_and_stopped_once_in_order(tmp_path: Path) -> None:
    noting(tmp_path, "aaa")
    noting(tmp_path, "bbb")
    kernel = kernel_of(tmp_path)
    assert {kernel.hooks.statuses[f"plugins/{one}"].state for one in ("aaa", "bbb")} == {"started"}
    kernel.stop()
    assert {kernel.hooks.statuses[f"plugins/{one}"].state for one in ("aaa", "bbb")} == {"stopped"}
    assert kernel.hooks.statuses["plugins/timing"].state == "off"
    noted = (tmp_path / "log.txt").read_text().splitlines()
    assert noted == [f"{one} {step}" for step in ("loaded", "started", "stopped") for one in ("aaa", "bbb")]


@pytest.mark.req("S003-KERN-07")
def test_one_that_fails_at_the_start_is_rolled_back_alone_and_shown_with_its_reason(tmp_path: Path) -> None:
    noting(tmp_path, "bad", started="raise OSError('no disk <b>here</b>')")
    noting(tmp_path, "good")
    with served(tmp_path, project=tmp_path) as nexus:
        page = signed_in(nexus).get("/extensions").text
        card = page.partition('id="plugins-bad"')[2].partition("</article>")[0]
        assert "Failed" in card
        assert "no disk &lt;b&gt;here&lt;/b&gt;" in card
        assert "__init__.py" in card  # the trace, for its author
        assert "Running" in page.partition('id="plugins-good"')[2].partition("</article>")[0]
        known = {one.name for one in nexus.kernel.actions}
        assert "good.say" in known
        assert "bad.say" not in known
    noted = (tmp_path / "log.txt").read_text().splitlines()
    assert noted == ["bad loaded", "good loaded", "good started", "good stopped"]


def test_one_that_fails_at_the_end_keeps_no_other_from_ending(tmp_path: Path) -> None:
    noting(tmp_path, "bad", stopping="raise OSError('no disk')")
    noting(tmp_path, "good")
    kernel = kernel_of(tmp_path)
    kernel.stop()
    assert kernel.hooks.statuses["plugins/bad"].state == "failed"
    assert (tmp_path / "log.txt").read_text().splitlines()[-1] == "good stopped"
    kernel_of(tmp_path).stop()  # the state was let go of


@pytest.mark.req("S003-KERN-02")
def test_a_hook_with_another_signature_is_named_with_its_file_and_line_before_anything_of_it_counts(
    tmp_path: Path,
) -> None:
    code = "from nexus_admin.sdk import *\n\n@hookimpl\ndef nexus_actions(nonsense):\n    return []\n"
    folder = plugin(tmp_path, "bad", code + "\n@hookimpl\ndef nexus_checks():\n    return [1 / 0]\n")
    kernel = kernel_of(tmp_path)
    status = kernel.hooks.statuses["plugins/bad"]
    kernel.stop()
    assert status.state == "failed"
    assert status.error.startswith(f"{folder}/__init__.py:3: ")
    assert "nonsense" in status.error


@pytest.mark.req("S003-PHIL-09")
def test_no_room_of_the_house_imports_an_extension() -> None:
    wrong = [
        f"{name(path)}: {module}"
        for path in under("nexus_admin", suffix=".py")
        for one in ast.walk(tree(path))
        for module in (
            [alias.name for alias in one.names] if isinstance(one, ast.Import)
            else [one.module or ""] if isinstance(one, ast.ImportFrom) and one.level == 0 else []
        )
        if module.partition(".")[0] in ("plugins", "widgets", "themes") or module.startswith("nexus_admin._bundled")
    ]  # fmt: skip
    assert wrong == []
