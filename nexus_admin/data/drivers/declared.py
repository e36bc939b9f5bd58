"""What the driver of an extension opens: to look at, never to write."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.data.drivers.address import Address
from nexus_admin.data.drivers.driver import Capabilities, Opened, Opening, Trouble
from nexus_admin.domain.errors import NexusError, SourceDown
from nexus_admin.sdk.declarations import SourceDriver


class DeclaredDriver:
    """A `Driver` around one that an extension declares."""

    def __init__(self, declared: SourceDriver) -> None:
        self._declared = declared
        self.name, self.dialect = declared.name, declared.dialect
        self.capabilities = Capabilities(
            read_only=True,
            notice=f"{declared.owner} opens this source. It is shown read-only; statements cannot be stopped in it.",
        )

    def open(self, address: Address, _opening: Opening) -> Opened:
        """Return the engine that the extension makes.

        Raises:
            SourceDown: it raised, or made something else.
        """
        try:
            engine = self._declared.open(address.url.render_as_string(hide_password=False))
        except NexusError:
            raise
        except Exception as error:
            raise SourceDown(
                f"{self._declared.owner} could not open {address.masked}: {type(error).__name__}."
            ) from error
        if not isinstance(engine, sa.Engine) or engine.dialect.name != self.dialect:
            raise SourceDown(f"{self._declared.owner} must open {address.masked} as an engine for {self.dialect}.")
        return Opened(engine, lambda _: None)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Take every operational error for a source that does not answer."""
        return "down" if type(error).__name__ in ("OperationalError", "InterfaceError") else None
