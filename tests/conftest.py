"""What every test may ask for: throw-away databases on real servers, the shared sample data, a calm Hypothesis.

Servers are looked for on this machine and may be named by `NEXUS_TEST_POSTGRES` and `NEXUS_TEST_MARIADB`.
Where one is absent its tests are skipped with the reason; `NEXUS_REQUIRE_SERVICES=1` makes that a failure.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.browser import launch_options
from tests.hashing import cheap_hashes
from tests.patience import patient_starts
from tests.services import MARIADB, POSTGRES, Absent, drop_spares, fresh_database
from tests.templates import compiled_once

__all__ = ["cheap_hashes", "compiled_once", "patient_starts"]
ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("nexus", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("nexus"), derandomize=True, print_blob=True)
settings.register_profile("thorough", settings.get_profile("nexus"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "nexus"))


def _absent(reason: str) -> None:
    if os.environ.get("NEXUS_REQUIRE_SERVICES"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def spares() -> Iterator[None]:
    """Drop, at the end of all tests of this process, the databases that were kept for a next one."""
    yield
    drop_spares(POSTGRES, MARIADB)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A fresh, empty PostgreSQL database as a SQLAlchemy URL; dropped at the end."""
    try:
        with fresh_database(POSTGRES) as url:
            yield url
    except Absent as reason:
        _absent(str(reason))


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """A fresh, empty MariaDB database as a SQLAlchemy URL; dropped at the end."""
    try:
        with fresh_database(MARIADB) as url:
            yield url
    except Absent as reason:
        _absent(str(reason))


@pytest.fixture(scope="module")
def module_postgres_url() -> Iterator[str]:
    """Like `postgres_url`, for the tests of one file."""
    try:
        with fresh_database(POSTGRES) as url:
            yield url
    except Absent as reason:
        _absent(str(reason))


@pytest.fixture(scope="module")
def module_mariadb_url() -> Iterator[str]:
    """Like `mariadb_url`, for the tests of one file."""
    try:
        with fresh_database(MARIADB) as url:
            yield url
    except Absent as reason:
        _absent(str(reason))


@pytest.fixture
def new_postgres_url() -> Iterator[str]:
    """Like `postgres_url`, for one test alone."""
    try:
        with fresh_database(POSTGRES) as url:
            yield url
    except Absent as reason:
        _absent(str(reason))


@pytest.fixture
def new_mariadb_url() -> Iterator[str]:
    """Like `mariadb_url`, for one test alone."""
    try:
        with fresh_database(MARIADB) as url:
            yield url
    except Absent as reason:
        _absent(str(reason))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of sample databases, beside the checkout or named by `NEXUS_SHARED`; skips where there is none."""
    folder = Path(os.environ.get("NEXUS_SHARED", ROOT.parent / "shared/data"))
    if not (folder / "sqlite").is_dir():
        pytest.skip(f"The sample databases are not in {folder}; NEXUS_SHARED may name another folder.")
    return folder


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How pytest-playwright starts Chromium on this machine."""
    return {**browser_type_launch_args, **launch_options()}
