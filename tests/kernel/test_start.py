"""A start happens once, says what took how long, and reads no library that it does not need."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from nexus_admin import Nexus
from nexus_admin.cli.main import app, only
from nexus_admin.kernel.options import Options

LATER = (
    "alembic", "duckdb", "httpx", "markdown_it", "nats", "openpyxl", "plotly", "psycopg", "pyarrow", "pymysql", "pyotp",
    "redis", "rich", "segno", "sqlalchemy.dialects.mysql", "sqlalchemy.dialects.postgresql", "yaml",
)  # fmt: skip
"""Libraries that some page, widget or database needs, and no start of a state that is up to date."""
STARTED = f"""
import sys
from pathlib import Path
from nexus_admin import Nexus
from nexus_admin.kernel.options import Options

folder = Path(sys.argv[1])
nexus = Nexus(options=Options(urls=(("shop", str(folder / "shop.db")),), state=str(folder / "state.db"), environ={{}}))
nexus.start()
nexus.kernel.stop()
print(*[name for name in {LATER!r} if name in sys.modules])
"""


@pytest.fixture
def options(tmp_path: Path) -> Options:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table orders (id integer primary key, number text)")
    return Options(urls=(("shop", str(tmp_path / "shop.db")),), state=str(tmp_path / "state.db"), environ={})


@pytest.mark.req("S003-KERN-01")
def test_a_start_goes_through_named_steps_once_and_each_is_timed(options: Options) -> None:
    nexus = Nexus(options=options)
    nexus.start()
    nexus.start()
    steps = nexus.kernel.steps
    assert [name for name, _ in steps.took] == [
        "settings", "state", "extensions", "sources", "actions", "settling", "started",
    ]  # fmt: skip
    assert all(milliseconds >= 0 for _, milliseconds in steps.took)
    assert steps.total_ms == sum(milliseconds for _, milliseconds in steps.took)
    nexus.kernel.stop()


@pytest.mark.req("S003-KERN-01")
def test_a_start_reads_no_library_that_only_some_page_needs(options: Options, tmp_path: Path) -> None:
    nexus = Nexus(options=options)  # makes the state, which does need migrations
    nexus.start()
    nexus.kernel.stop()
    done = subprocess.run(
        [sys.executable, "-c", STARTED, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


def test_a_command_that_opens_nothing_reads_neither_the_database_library_nor_the_server() -> None:
    heavy = ("sqlalchemy", "starlette", "jinja2")
    code = f"import sys, nexus_admin.cli.main; print(*[name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_a_command_is_made_alone_and_one_that_is_not_there_is_answered_by_all() -> None:
    serving, brokers = only("serve"), only("queue")
    assert [one.callback and one.callback.__name__ for one in serving.registered_commands] == ["serve"]
    assert serving.registered_groups == []
    assert [one.name for one in brokers.registered_groups] == ["queue"]
    assert brokers.registered_commands == []
    assert only("sreve") is only("") is only("--help") is app
