"""From nothing to an edited row of a database that nobody described: what a newcomer waits for; only printed.

`NEXUS_BENCH_INSTALL=1` begins with an empty environment and `pip install` of this checkout's wheel, which asks the
package index; without it the installed package is used, and the seconds of installing are not in the sum.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long password 1"


class Times:
    """Steps with their seconds, in order."""

    def __init__(self) -> None:
        self.took: list[tuple[str, float]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.took.append((name, time.perf_counter() - began))

    def table(self) -> str:
        lines = [f"  {name:<44} {seconds:7.2f} s" for name, seconds in self.took]
        return "\n".join([*lines, f"  {'in all':<44} {sum(each for _, each in self.took):7.2f} s"])


def installed(folder: Path) -> Path:
    """Return the interpreter of an empty environment into which the wheel was installed."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    venv.create(folder / "empty", with_pip=True)
    python = folder / "empty/bin/python"
    quiet = ["--quiet", "--disable-pip-version-check", "--constraint", str(ROOT / "constraints.txt")]
    subprocess.run([python, "-m", "pip", "install", *quiet, str(next(folder.glob("*.whl")))], check=True)
    return python


def database(path: Path) -> None:
    """Make what somebody might have: a few tables, a few thousand rows, no word about any of it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "create table clients (id integer primary key, name text not null, mail text, city text);"
            "create table bills (id integer primary key, client_id integer references clients, total decimal(10,2));"
        )
        people = ((f"Client {n}", f"c{n}@example.com", "Berlin") for n in range(5000))
        connection.executemany("insert into clients (name, mail, city) values (?, ?, ?)", people)
        connection.executemany("insert into bills values (?, ?, ?)", ((n, n % 5000 + 1, n) for n in range(20_000)))
        connection.commit()


def token(page: str) -> str:
    found = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@contextmanager
def running(python: Path, folder: Path, times: Times) -> Iterator[str]:
    """Serve the database in *folder*, and give what was said until it answered."""
    words = ["serve", str(folder / "ours.db"), "--allow-writes", "--port", "0", "--no-open", "--state", "nexus.db"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    command = [str(python), "-m", "nexus_admin", *words]
    with times.step("nexus serve, until it answers"):
        server = subprocess.Popen(
            command, cwd=folder, env=own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said = ""
        assert server.stdout is not None
        while "Nexus is ready" not in said:
            line = server.stdout.readline()
            assert line, said
            said += line
    try:
        yield said
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()


def edit(said: str, times: Times) -> None:
    """Set up the first account, and change a row as somebody would."""
    links = [one for one in re.findall(r"http://\S+", said) if "set-up" in one]
    base = re.search(r"Nexus is ready: (http://[^\s/]+)", said)
    assert base is not None
    assert links, said
    with httpx2.Client(base_url=base[1], follow_redirects=True) as browser:
        with times.step("setting up the first account"):
            page = browser.get(links[0])
            sent = {"email": "ada@example.com", "name": "Ada", "password": PASSWORD}
            assert browser.post(str(page.url), data=sent).status_code == 200
        with times.step("the list of a table"):
            page = browser.get("/s/ours/clients")
            assert "Client 0" in page.text, page.text[:500]
        with times.step("the form of a row, changed and saved"):
            form = browser.get("/s/ours/clients/7/edit").text
            changed = {"_csrf": token(form), "value.city": "Paris", "was.city": "Berlin"}
            assert browser.post("/s/ours/clients/7/edit", data=changed).status_code == 200


@pytest.mark.benchmark
@pytest.mark.req("S003-KPI-05")
def test_from_a_database_nobody_described_to_an_edited_row(tmp_path: Path) -> None:
    times = Times()
    python = Path(sys.executable)
    if os.environ.get("NEXUS_BENCH_INSTALL"):
        (tmp_path / "wheel").mkdir()
        with times.step("an empty environment, the wheel and what it needs"):
            python = installed(tmp_path / "wheel")
    database(tmp_path / "ours.db")
    with running(python, tmp_path, times) as said:
        edit(said, times)
    with closing(sqlite3.connect(tmp_path / "ours.db")) as connection:
        assert connection.execute("select city from clients where id = 7").fetchone() == ("Paris",)
    print(f"\nFrom nothing to an edited row\n{times.table()}")
