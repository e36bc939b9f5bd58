"""What an address that somebody types into the browser may name: not every file, and not every host."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

from nexus_admin.data.drivers.address import Address, read_address
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, SourceDown

OURS = frozenset({"audit_entry", "audit_head", "access_role", "user_account"})
"""Tables that together are a state of Nexus: such a database is never a data source."""


@dataclass(frozen=True, slots=True)
class Fences:
    """What may be connected from the browser.

    Args:
        forbidden: Files that are never a source: our own state.
        folders: Where SQLite files may lie.
        hosts: Patterns of host names that may be reached; empty for any but those of the machine's own cloud.
        own_state: `host/database` of our own state, where that is a server's.
    """

    forbidden: Collection[Path]
    folders: Collection[Path]
    hosts: Collection[str] = ()
    own_state: str = ""

    def address(self, url: str) -> Address:
        """Return the address that *url* spells.

        Raises:
            BadRequest: it is not one, or leads where none may lead; the password is not in the sentence.
        """
        address = read_address(url, forbidden=self.forbidden, folders=self.folders)
        host = address.url.host
        if address.family == "postgresql" and f"{host or 'localhost'}/{address.url.database}" == self.own_state:
            raise BadRequest("This database holds the state of Nexus itself and cannot be connected as a data source.")
        if host and "," in host:
            raise BadRequest("An address names one host. Name the one that is to be asked.")
        if self.hosts and address.file is None:
            reached = "localhost" if _by_socket(address) else str(host or "localhost")
            if not any(fnmatchcase(reached.lower(), one.lower()) for one in self.hosts):
                allowed = ", ".join(self.hosts)
                raise BadRequest(f"{reached} is not among the hosts that data sources may be on: {allowed}.")
        return address

    def reach(self, address: Address) -> None:
        """Look the host of *address* up and refuse what is never a database: link-local addresses, where clouds
        hand out credentials.

        Raises:
            BadRequest: it leads to such an address.
        """
        host = address.url.host
        if not host or host.startswith("/"):
            return
        with suppress(SourceDown):  # the driver says it better
            self.looked_up(host, address.url.port or 0)

    def looked_up(self, host: str, port: int) -> list[str]:
        """Return the numeric addresses that *host* leads to, each once: for the very connection that is made now.

        Raises:
            BadRequest: one of them is never a database.
            SourceDown: there are none.
        """
        try:
            found = socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)
        except (OSError, UnicodeError):
            raise SourceDown(f"There is no host called {host[:200]}, as far as can be seen from here.") from None
        for *_, place in found:
            ip = ipaddress.ip_address(str(place[0]).partition("%")[0])
            plain = getattr(ip, "ipv4_mapped", None) or ip
            if plain.is_link_local or plain.is_multicast or plain.is_unspecified:
                raise BadRequest(f"{host} leads to {plain}, where no database is reached from here.")
        return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _by_socket(address: Address) -> bool:
    """Whether a file of this machine is meant, whatever host stands in the address."""
    return bool(address.url.query.keys() & {"unix_socket", "host"})
