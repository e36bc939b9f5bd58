"""The one name of a stream that nobody appends to: under it the ledger is read."""

from __future__ import annotations

from nexus_admin.brokers.stream.checking import check_name
from nexus_admin.domain.errors import Refused

LEDGER = "audit"
"""The stream whose events are the entries of the ledger."""


def check_appended(stream: str) -> str:
    """Return the name of a stream that is to be appended to, as it is.

    Raises:
        BadRequest: it is no name.
        Refused: it is the ledger's.
    """
    if stream == LEDGER:
        raise Refused(
            f"Nothing was appended. The stream {LEDGER!r} is the ledger: entries come by what is done here, and in "
            "no other way. Choose another name."
        )
    return check_name(stream)


def check_trimmed(stream: str) -> str:
    """Return the name of a stream that is to be trimmed or archived, as it is.

    Raises:
        Refused: it is the ledger's.
    """
    if stream == LEDGER:
        raise Refused(
            f"Nothing was changed. The stream {LEDGER!r} is the ledger: it is kept whole, neither trimmed nor archived."
        )
    return stream
