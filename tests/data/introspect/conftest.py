"""How a test gets the Schema of a script: made on a database of its own, scanned, thrown away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.data.introspect.scans import Scan, scan_url


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """Scan a SQLite database made by a script."""
    return lambda script, **how: scan_url(f"sqlite:///{tmp_path / 'some.db'}", script, **how)


@pytest.fixture
def scan_postgres(new_postgres_url: str) -> Scan:
    """Scan a PostgreSQL database made by a script."""
    return lambda script, **how: scan_url(new_postgres_url, script, **how)


@pytest.fixture
def scan_mariadb(new_mariadb_url: str) -> Scan:
    """Scan a MariaDB database made by a script."""
    return lambda script, **how: scan_url(new_mariadb_url, script, **how)
