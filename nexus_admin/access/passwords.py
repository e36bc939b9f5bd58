"""Passwords: what is accepted, how it is hashed, and a check that takes as long for nobody as for somebody.

One check costs about 150 ms of one core and 64 MB on purpose: callers in a server run it in a thread
behind a limiter, and behind the throttle.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from nexus_admin.access.emails import fold_email
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid

SHORTEST, LONGEST = 10, 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the password was right, and a fresh hash where the stored one was made with other parameters."""

    right: bool
    rehashed: str | None = None


class Passwords:
    """Hashes and checks passwords.

    Args:
        hasher: Argon2id with the library's parameters, unless given.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str, email: str) -> str:
        """Return the hash to store.

        Raises:
            Invalid: too short, too long, or the email itself.
        """
        problem = _problem(password, email)
        if problem:
            raise Invalid({"password": problem})
        return self._hasher.hash(_plain(password))

    def check(self, password: str, stored: str | None) -> Checked:
        """Compare *password* with a stored hash; None, where there is no such account, takes as long as a real one."""
        usable = len(password) <= LONGEST and _is_text(password)
        against = stored if stored is not None and usable else self._nobody
        try:
            self._hasher.verify(against, _plain(password) if usable else "")
        except (VerificationError, InvalidHashError):
            return Checked(False)
        if against is not stored:
            return Checked(False)
        stale = self._hasher.check_needs_rehash(against)
        return Checked(True, self._hasher.hash(_plain(password)) if stale else None)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(24))


def _plain(password: str) -> str:
    """Return *password* so that the same keys on another keyboard or system give the same text."""
    return unicodedata.normalize("NFKC", password)


def _is_text(password: str) -> bool:
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True


def _problem(password: str, email: str) -> str | None:
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} characters; this one has {len(password)}."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST} characters."
    if not _is_text(password):
        return "This password has a character that is no text. Type it again."
    if fold_email(password) == fold_email(email):
        return "The password is the email itself. Choose another."
    return None
