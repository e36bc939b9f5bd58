"""Any other database that SQLAlchemy has a dialect for: to look at, never to write."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from nexus_admin.data.drivers.address import Address
from nexus_admin.data.drivers.driver import Capabilities, Opened, Opening, Trouble
from nexus_admin.domain.errors import BadRequest


class OtherDriver:
    """A database that we have not tried: read-only, without deadlines of the server's own."""

    name = "other"
    capabilities = Capabilities(
        schemas=True,
        read_only=True,
        notice="Nexus has no driver of its own for this database: it is shown read-only, and statements cannot be "
        "stopped in the database.",
    )

    def open(self, address: Address, opening: Opening) -> Opened:
        """Return an engine by SQLAlchemy's dialect, if that is installed."""
        name = address.url.drivername
        try:
            engine = sa.create_engine(
                address.url, pool_size=opening.pool_size, max_overflow=0, pool_timeout=opening.pool_timeout,
                pool_pre_ping=True, hide_parameters=True,
            )  # fmt: skip
        except (NoSuchModuleError, ImportError):
            raise BadRequest(f"The driver for {name} is not installed. Install its SQLAlchemy dialect first.") from None
        except (ArgumentError, TypeError):
            raise BadRequest(f"The driver for {name} cannot be opened with this address.") from None
        return Opened(engine, lambda _: None)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Take every operational error for a database that does not answer."""
        return "down" if type(error).__name__ in ("OperationalError", "InterfaceError") else None
