"""The address of a database: read from what a person typed, held to an allow-list, shown without its secrets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.nearest import did_you_mean

HIDDEN = "•••"

FAMILIES: Mapping[str, str] = {
    "sqlite": "sqlite", "sqlite3": "sqlite", "sqlite+pysqlite": "sqlite", "sqlite+aiosqlite": "sqlite",
    "postgresql": "postgresql", "postgres": "postgresql", "postgresql+psycopg": "postgresql",
    "postgresql+psycopg_async": "postgresql", "postgresql+psycopg2": "postgresql",
    "postgresql+asyncpg": "postgresql", "postgresql+pg8000": "postgresql",
    "mysql": "mysql", "mysql+pymysql": "mysql", "mysql+mysqldb": "mysql", "mysql+mysqlconnector": "mysql",
    "mysql+aiomysql": "mysql", "mysql+asyncmy": "mysql",
    "mariadb": "mysql", "mariadb+pymysql": "mysql", "mariadb+mysqldb": "mysql", "mariadb+mariadbconnector": "mysql",
}  # fmt: skip
"""How the engines that we know are spelled; whichever driver is named, ours is used."""

DRIVERS: Mapping[str, str] = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}

OTHERS = frozenset({
    "mssql", "oracle", "cockroachdb", "redshift", "snowflake", "bigquery", "clickhouse", "clickhousedb", "trino",
    "presto", "databricks", "firebird", "hana", "vertica", "teradatasql", "awsathena", "exasol", "ibm_db_sa", "db2",
    "crate", "starrocks", "doris", "monetdb", "informix",
})  # fmt: skip
"""Servers whose SQLAlchemy dialects may be opened, read-only and at the dialect's own word."""

OPTIONS: Mapping[str, frozenset[str]] = {
    "sqlite": frozenset(),
    "postgresql": frozenset({
        "sslmode", "sslrootcert", "channel_binding", "application_name", "connect_timeout", "host",
        "target_session_attrs", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
    }),
    "mysql": frozenset({"charset", "ssl", "connect_timeout", "unix_socket"}),
    "other": frozenset({"driver", "encrypt", "trustservercertificate", "service_name", "warehouse", "role"}),
}  # fmt: skip
"""Options that an address may carry. Whatever reads files, runs statements or loads code is not among them."""

_EXAMPLE = "Write postgresql://user@host/shop, mysql://user@host/shop, or the path of a SQLite file: /data/shop.db."
_WORD = re.compile(r"[\w-]{1,80}")
"""What is no path to anybody who reads it."""
_NAME = re.compile(r"[\w .-]{1,200}")
"""What an option of other servers may be: no path of a library, no further option hidden in it."""
_SECRET = re.compile(r"^([^:/?#]+://[^:/@]*):(.*)@", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    Args:
        url: What SQLAlchemy opens, with our driver's name in it. Holds the password.
        family: `sqlite`, `postgresql`, `mysql` or `other`.
        file: The file, for SQLite.
    """

    url: sa.URL = field(repr=False)
    family: str
    file: Path | None = None

    @property
    def masked(self) -> str:
        """The address for people: no password, no options."""
        if self.file is not None:
            return f"sqlite:///{self.file}"
        url = self.url
        bare = sa.URL.create(url.get_backend_name(), url.username, None, url.host, url.port, url.database)
        shown = bare.render_as_string(hide_password=False)
        if url.password is None:
            return shown
        login = sa.URL.create(url.get_backend_name(), url.username).render_as_string(hide_password=False)
        login = login.rstrip("/").removesuffix("@")
        return f"{login}:{HIDDEN}@{shown[len(login) :].removeprefix('@')}"

    def __str__(self) -> str:
        return self.masked


def masked(text: str) -> str:
    """Return *text*, an address that may be broken, without its password."""
    return _SECRET.sub(rf"\1:{HIDDEN}@", text)


def read_address(
    text: str,
    *,
    forbidden: Collection[Path] = (),
    folders: Collection[Path] | None = None,
    schemes: Collection[str] = (),
) -> Address:
    """Read what a person typed as the address of a database.

    Args:
        text: A URL, or the path of a SQLite file.
        forbidden: Files that are never a source: our own state.
        folders: Where SQLite files may lie; None for anywhere.
        schemes: Those that drivers of extensions open; what stands behind one is for its driver to read.

    Raises:
        BadRequest: it cannot be read, or names something that is not allowed; the password is not in the sentence.
    """
    text = text.strip()
    if not text or "\0" in text:
        raise BadRequest(f"There is no address of a database here. {_EXAMPLE}")
    scheme, mark, rest = text.partition("://")
    if not mark:
        return _file_address(text, forbidden, folders)
    if scheme.lower() in schemes:
        return Address(_url(text).set(drivername=scheme.lower()), "other")
    family = _family(scheme)
    if family == "sqlite":
        if not rest.startswith("/"):
            raise BadRequest("A SQLite address has three slashes before the path: sqlite:///shop.sqlite.")
        path, _, options = rest[1:].partition("?")
        if options:
            raise BadRequest("A SQLite address takes no options. Give the path alone: sqlite:///shop.sqlite.")
        return _file_address(path, forbidden, folders)
    return _server_address(text, scheme.lower(), family)


def _family(scheme: str) -> str:
    scheme = scheme.lower()
    if scheme in FAMILIES:
        return FAMILIES[scheme]
    if scheme.partition("+")[0] in OTHERS:
        return "other"
    known = [*FAMILIES, *OTHERS]
    raise BadRequest(f"There is no database driver called {scheme[:40]!r}.{did_you_mean(scheme, known, _EXAMPLE)}")


def _url(text: str) -> sa.URL:
    try:
        return sa.make_url(text)
    except (ArgumentError, ValueError):
        raise BadRequest(
            f"The address {masked(text)[:200]!r} cannot be read. {_EXAMPLE} "
            "Letters such as @ : / ? # in a user name or password are written as %40 %3A %2F %3F %23."
        ) from None


def _server_address(text: str, scheme: str, family: str) -> Address:
    url = _url(text)
    allowed = OPTIONS[family]
    for name, value in url.query.items():
        if name.lower() not in allowed:
            hint = did_you_mean(name, allowed, f"Allowed are: {', '.join(sorted(allowed))}.")
            raise BadRequest(f"An address may not carry the option {name[:40]!r}.{hint}")
        if not isinstance(value, str):
            raise BadRequest(f"The option {name!r} stands in the address twice. Keep one.")
    _check_values(url, family)
    if not url.database and family in ("postgresql", "mysql"):
        raise BadRequest(f"The address {masked(text)[:200]!r} names no database. {_EXAMPLE}")
    drivername = DRIVERS.get(family, scheme)
    return Address(url.set(drivername=drivername), family)


def _check_values(url: sa.URL, family: str) -> None:
    """Refuse option values that would read a file or reach somewhere else than the address says."""
    query = url.query
    if family == "postgresql":
        if query.get("sslrootcert", "system") != "system":
            raise BadRequest("sslrootcert may only be 'system': an address names no files.")
        if "host" in query and (url.host or not str(query["host"]).startswith("/")):
            raise BadRequest("The option 'host' may only name the folder of a local socket, e.g. host=/run/postgresql.")
    if family == "other" and not all(_NAME.fullmatch(str(value)) for value in query.values()):
        raise BadRequest("The options of this address are plain names, e.g. driver=ODBC+Driver+18+for+SQL+Server.")
    if family == "mysql" and query.get("charset", "utf8mb4") != "utf8mb4":
        raise BadRequest("The charset of a connection is always utf8mb4. Leave the option out.")


def _file_address(text: str, forbidden: Collection[Path], folders: Collection[Path] | None) -> Address:
    """Return the address of a SQLite file that is there and is one."""
    if not text or text == ":memory:" or text.startswith("file:"):
        raise BadRequest("A SQLite source is a file that exists: give its path, e.g. sqlite:///shop.sqlite.")
    path = Path(text).expanduser().resolve()
    outside = folders is not None and not any(path.is_relative_to(folder.resolve()) for folder in folders)
    if _WORD.fullmatch(text) and (outside or not path.exists()):
        raise BadRequest(f"{text!r} is neither a URL nor a file that can be connected. {_EXAMPLE}")
    if outside:
        names = ", ".join(str(folder.resolve()) for folder in folders or ())
        raise BadRequest(
            f"{path.name} lies outside of the folders that data files may come from: {names}. Move it there, "
            f"add its folder to sources.folders in nexus.toml, or open it from a terminal: "
            f"`nexus serve {shlex.quote(str(path))}`."
        )
    if not path.exists():
        raise BadRequest(f"There is no file at {path}. {_EXAMPLE}")
    if not path.is_file():
        raise BadRequest(f"{path} is not a file. {_EXAMPLE}")
    if any(other.exists() and path.samefile(other) for other in forbidden):
        raise BadRequest(f"{path} holds the state of Nexus itself and cannot be connected as a data source.")
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {error.strerror}.") from None
    if head not in (b"", b"SQLite format 3\0"):
        raise BadRequest(f"{path} is not a SQLite database.")
    return Address(sa.URL.create("sqlite", database=str(path)), "sqlite", path)
