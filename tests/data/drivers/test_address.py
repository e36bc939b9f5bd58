"""Addresses: what may be opened, what may not, and what is shown of them."""

import sqlite3
from pathlib import Path

import pytest

from nexus_admin.data.drivers.address import masked, read_address
from nexus_admin.domain.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "drivername", "shown"),
    [
        ("postgresql://ann:pw@db.example/shop", "postgresql+psycopg", "postgresql://ann:•••@db.example/shop"),
        ("postgres://ann@db.example:5433/shop", "postgresql+psycopg", "postgresql://ann@db.example:5433/shop"),
        ("postgresql+asyncpg://db.example/shop", "postgresql+psycopg", "postgresql://db.example/shop"),
        ("postgresql:///shop?host=/run/postgresql", "postgresql+psycopg", "postgresql:///shop"),
        ("mysql://ann:p%40w@[::1]:3307/shop", "mysql+pymysql", "mysql://ann:•••@[::1]:3307/shop"),
        ("mariadb+mysqldb://ann:pw@h/shop?charset=utf8mb4", "mysql+pymysql", "mysql://ann:•••@h/shop"),
        ("mssql://ann:pw@h/shop", "mssql", "mssql://ann:•••@h/shop"),
    ],
)
def test_addresses_are_read_whatever_driver_they_name_and_shown_without_password(
    text: str, drivername: str, shown: str
) -> None:
    address = read_address(text)
    assert address.url.drivername == drivername
    assert str(address) == address.masked == shown
    assert "pw" not in repr(address)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true", "file:/etc/passwd",
        ":memory:",         "/etc/passwd", "/dev/null", "/", "no/such/file.db", "duckdb:///x.duckdb", "jdbc:h2:mem:x", "h2://x",
        "shillelagh://",
        "postgresql://ann:s3cret@h:port/db", "postgresql://ann:s3cret@h", "postgresql://h/db?options=-c%20x",
        "postgresql://h/db?sslrootcert=/etc/passwd", "postgresql://h/db?passfile=/etc/passwd", "postgresql://h/db?service=x",
        "postgresql://h/db?host=evil.example", "postgresql://h/db?sslmode=a&sslmode=b", "postgresql://h/db?plugin=x",
        "mysql://h/db?local_infile=1", "mysql://h/db?read_default_file=/etc/passwd", "mysql://h/db?init_command=x",
        "mysql://h/db?charset=latin1", "mssql://h/db?odbc_connect=x", "oracle://h/db?events=true&plugin=x", "\0",
    ],
)  # fmt: skip
def test_addresses_that_read_files_or_load_code_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_address(text)
    assert "s3cret" not in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_an_option_that_is_misspelled_is_answered_with_its_neighbour() -> None:
    with pytest.raises(BadRequest, match="Did you mean 'sslmode'"):
        read_address("postgresql://h/db?sslmod=require")
    with pytest.raises(BadRequest, match="Did you mean 'postgresql'"):
        read_address("postgressql://h/db")


def test_a_password_that_was_not_escaped_is_not_shown_either() -> None:
    assert masked("postgresql://ann:p@ss/w:rd@h:x/db") == "postgresql://ann:•••@h:x/db"


def test_our_own_state_is_no_data_source(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    sqlite3.connect(state).close()
    state.touch()
    (tmp_path / "alias.sqlite").symlink_to(state)
    for name in ("state.sqlite", "alias.sqlite"):
        with pytest.raises(BadRequest, match="state of Nexus"):
            read_address(str(tmp_path / name), forbidden=[state])


def test_files_come_from_the_folders_that_are_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/ok.sqlite").touch()
    (tmp_path / "out.sqlite").touch()
    assert read_address(f"sqlite:///{tmp_path}/in/ok.sqlite", folders=[tmp_path / "in"]).file is not None
    for path in (tmp_path / "out.sqlite", tmp_path / "in/../out.sqlite"):
        with pytest.raises(BadRequest, match="lies outside of the folders") as refused:
            read_address(str(path), folders=[tmp_path / "in"])
        assert "sources.folders" in str(refused.value)
        assert f"nexus serve {tmp_path}/out.sqlite" in str(refused.value)


@pytest.mark.parametrize("fenced", [True, False])
def test_a_word_is_neither_a_url_nor_a_file(tmp_path: Path, fenced: bool) -> None:
    with pytest.raises(BadRequest, match="'nonsense' is neither a URL nor a file") as refused:
        read_address("nonsense", folders=[tmp_path] if fenced else None)
    assert "postgresql://user@host/shop" in str(refused.value)
    assert "/data/shop.db" in str(refused.value)
