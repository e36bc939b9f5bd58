"""Where a source is, as somebody typed it; and the password that is kept, used where it cannot leak."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from nexus_admin.actions.sources import records
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.data.drivers.address import Address
from nexus_admin.domain.errors import BadRequest, Invalid
from nexus_admin.state.engine import State


class Where(BaseModel):
    """The address of a database."""

    model_config = ConfigDict(extra="forbid")

    url: SecretStr = Field(max_length=2000, description="A URL, or the path of a SQLite file.")
    password: SecretStr = Field(SecretStr(""), max_length=1000, description="Where it is not in the URL.")

    def address(self, sources: Sources) -> Address:
        """Return the address, password and all.

        Raises:
            BadRequest: it is not one, or leads where none may lead.
        """
        address = sources.fences().address(self.url.get_secret_value())
        password = self.password.get_secret_value()
        if not password or address.file is not None:
            return address
        if address.url.password:
            raise BadRequest("The password stands in the address and beside it. Keep one.")
        return Address(address.url.set(password=password), address.family, address.file)


def stored_address(unit: Unit, name: str) -> Address | None:
    """Return the address of a source that was added in the browser, password and all; None where it was not.

    Raises:
        NexusError: its address cannot be opened, or leads where none may lead any more.
    """
    state = unit.service(State)

    def look(connection: sa.Connection) -> str | None:
        found = next((one for one in records.records(connection) if one.name == name), None)
        return None if found is None else found.address(state.vault)

    text = look(unit.connection) if unit.connection is not None else state.read(look)
    return None if text is None else unit.service(Sources).fences().address(text)


def with_password(unit: Unit, name: str, data: Where) -> Address:
    """Return the address that was typed, with the password of today where none was and none can leak.

    Raises:
        Invalid: it goes to another host or login, so its password must be given anew.
    """
    address = data.address(unit.service(Sources))
    if address.file is not None or address.url.password:
        return address
    today = stored_address(unit, name)
    if today is None or not today.url.password:
        return address
    if _login(today) != _login(address):
        raise Invalid({"password": "The kept password is only for the host and login that it was given for. Type one."})
    return Address(address.url.set(password=today.url.password), address.family)


def _login(address: Address) -> tuple[object, ...]:
    """Return to whom a password is shown: the server, how it is reached, and as whom."""
    url = address.url
    return (
        address.family, url.host, url.port, url.username, url.query.get("host"), url.query.get("unix_socket"),
        url.query.get("sslmode"), url.query.get("ssl"), url.query.get("channel_binding"), url.query.get("sslrootcert"),
    )  # fmt: skip
