"""Emails as names of accounts: which texts are one, and when two of them are the same.

Both sides of every comparison are folded alike (NFKC, then casefold), so that `ﬁ@example.com`
cannot take over `fi@example.com`. Mail always goes to the address as it was stored.
"""

from __future__ import annotations

import unicodedata

from nexus_admin.domain.errors import Invalid

LONGEST = 254


def fold_email(email: str) -> str:
    """Return what two spellings of the same email have in common."""
    folded = unicodedata.normalize("NFKC", email.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)


def checked_email(email: str) -> str:
    """Return *email* without blanks around it.

    Raises:
        Invalid: it has no name or no domain, a blank or a control character, or is too long.
    """
    email = email.strip()
    name, at, domain = email.rpartition("@")
    odd = any(unicodedata.category(letter)[0] in "CZ" for letter in email)
    if not (name and at and domain) or "@" in name or odd or len(email) > LONGEST:
        raise Invalid({"email": f"{email[:80]!r} is not an email address. One looks like ana@example.com."})
    return email
