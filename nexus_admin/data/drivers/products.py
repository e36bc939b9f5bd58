"""What people call a database, which tells them more than the dialect that it is spoken to in."""

from __future__ import annotations

import sqlalchemy as sa

PRODUCTS = {
    "sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL or MariaDB", "mssql": "SQL Server",
    "oracle": "Oracle",
}  # fmt: skip


def product_of(dialect: str, spoken: sa.Dialect | None) -> str:
    """Return `PostgreSQL`, `MariaDB`, …

    Args:
        dialect: As `DataSource.dialect`.
        spoken: That of its connections. Of the two that share one it knows which, once there was a connection.
    """
    if dialect == "mysql" and getattr(spoken, "server_version_info", None):
        return "MariaDB" if getattr(spoken, "is_mariadb", False) else "MySQL"
    return PRODUCTS.get(dialect, dialect)
