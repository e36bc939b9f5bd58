"""An address that somebody types into the browser reaches what may be a database, and nothing else of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexus_admin.actions.source_fences import Fences
from nexus_admin.domain.errors import BadRequest


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@db.internal,169.254.169.254/x",
        "postgresql:///x?host=/var/run/postgresql",
        "mysql://u@db.internal/x?unix_socket=/run/mysqld/mysqld.sock",
        "mysql://u@evil.example/x",
        "postgresql://u@/x",
    ],
)
def test_the_list_of_hosts_has_no_way_around_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadRequest):
        Fences((), (tmp_path,), ("*.internal",)).address(url)
    assert Fences((), (tmp_path,), ("*.internal",)).address("mysql://u@db.internal/x").family == "mysql"
    assert Fences((), (tmp_path,), ("localhost",)).address("postgresql:///x?host=/var/run/postgresql")


@pytest.mark.parametrize(
    "url",
    [
        "mssql+pyodbc://u@h/x?driver=/srv/uploads/evil.so",
        "mssql+pyodbc://u@h/x?driver=a;SERVER=evil",
        "mssql+pyodbc://u@h/x?driver={a}",
        "mysql://u@h/x?local_infile=1",
        "mysql://u@h/x?read_default_file=/etc/my.cnf",
        "mysql://u@h/x?ssl_ca=/etc/passwd",
        "postgresql://u@h/x?service=other",
        "postgresql://u@h/x?passfile=/etc/passwd",
        "postgresql://u@h/x?sslkey=/etc/passwd",
        "postgresql://u@h/x?sslrootcert=/etc/passwd",
        "postgresql://u@h/x?options=-c%20log_statement%3Dall",
        "postgresql://u@h/x?hostaddr=169.254.169.254",
        "sqlite:///file:/etc/passwd?mode=rw",
        "sqlite:////etc/passwd",
        "sqlite:///:memory:",
        "duckdb:///x.db",
        "file:///etc/passwd",
    ],
)
def test_an_address_names_no_files_and_loads_no_code(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadRequest):
        Fences((), (tmp_path,)).address(url)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "2852039166", "0xa9fea9fe", "[fe80::1]", "[::ffff:169.254.169.254]", "0.0.0.0"]
)
def test_where_clouds_keep_their_keys_is_not_reached(tmp_path: Path, host: str) -> None:
    fences = Fences((), (tmp_path,))
    with pytest.raises(BadRequest):
        fences.reach(fences.address(f"mysql://u@{host}:80/x"))
