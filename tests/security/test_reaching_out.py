"""An address that somebody types into the browser reaches what may be a database, and nothing else of the machine."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.actions.sources.fences import Fences
from nexus_admin.data.drivers.opening import test_connection
from nexus_admin.data.source import DataSource
from nexus_admin.domain.errors import BadRequest, SourceDown


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


class Names:
    """A name service that answers anew each time: first where a database is, later where somebody else wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.answers, self.asked, self._plain = list(answers), 0, socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host != "db.rebind.example":
            return self._plain(host, port, *more, **named)
        self.asked += 1
        place = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return self._plain(place, port, *more, **named)


@pytest.mark.parametrize("service", ["new_postgres_url", "new_mariadb_url"])
def test_a_name_leads_where_it_was_looked_at_each_connect(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    url = sa.make_url(request.getfixturevalue(service))
    host = str(url.host or "127.0.0.1")
    names = Names(monkeypatch, host)
    fences = Fences((), (tmp_path,))
    text = url.set(host="db.rebind.example").render_as_string(hide_password=False)
    assert test_connection(text, reach=fences.looked_up).tables == 0
    source = DataSource("shop", text, reach=fences.looked_up)
    try:
        with source.read() as connection:  # the name is known to nobody else: what was looked up is what is used
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        source.reader.dispose()
        names.answers = ["169.254.169.254"]
        with pytest.raises(BadRequest, match="where no database is reached"), source.read():
            pass
        names.answers = ["no.such.name.invalid"]
        with pytest.raises(SourceDown, match="no host called"), source.read():
            pass
        names.answers = [host]
        with source.read() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    finally:
        source.close()
    assert names.asked >= 5


def test_a_long_query_is_stopped_where_its_connection_led(
    new_mariadb_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = sa.make_url(new_mariadb_url)
    Names(monkeypatch, str(url.host or "127.0.0.1"))
    text = url.set(host="db.rebind.example").render_as_string(hide_password=False)
    source = DataSource("shop", text, reach=Fences((), (tmp_path,)).looked_up)
    try:
        with source.read("slow") as connection:
            timer = threading.Timer(0.5, source.cancel, ["slow"])
            timer.start()
            began = time.monotonic()
            with suppress(Exception):
                connection.exec_driver_sql("SELECT sleep(20)").scalar()
            assert time.monotonic() - began < 15
            timer.join()
    finally:
        source.close()
