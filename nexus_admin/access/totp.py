"""Second factors: time-based codes (RFC 6238) and recovery codes, each good for one use only.

A code is used up by one conditional UPDATE, so that of ten requests with the same code exactly one passes.
The secret is sealed by the vault, recovery codes are stored as hashes.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from typing import Any

import sqlalchemy as sa

from nexus_admin.access.records import Records
from nexus_admin.access.secrets import hash_of
from nexus_admin.access.throttle import CODE, Throttle
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, NotFound, Refused
from nexus_admin.state.sealed import SECOND_FACTOR
from nexus_admin.state.tables.identity import recovery_code, second_factor, user_account

STEP = 30
"""Seconds that one code is shown for."""
DRIFT = 1
"""How many steps a telephone's clock may be wrong by, either way."""
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _LETTERS = 4, 4
_WRONG = "This code is wrong, or was used already. Take the next one."


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What somebody needs to set up an authenticator; shown once.

    Args:
        secret: For typing, in groups of four.
        uri: `otpauth://…`, for a link on a telephone.
        svg: The QR code of the uri as SVG without any inline style or script.
    """

    secret: str
    uri: str
    svg: str


class SecondFactors:
    """Sets up, checks and removes second factors.

    Args:
        records: Where they are kept.
        throttle: Five wrong codes, then a growing delay.
        issuer: What authenticators show beside the code.
    """

    def __init__(self, records: Records, throttle: Throttle, issuer: str = "Nexus Admin") -> None:
        self._records = records
        self._throttle = throttle
        self.issuer = issuer

    def begin(self, user_id: str) -> Enrolment:
        """Make a new secret; it binds only after `confirm`.

        Raises:
            Refused: there is a confirmed one already.
            NotFound: there is no such account.
        """
        import pyotp  # here and below: no start needs it

        secret = pyotp.random_base32()
        sealed = self._records.vault.seal(secret.encode(), SECOND_FACTOR.place(user_id))
        now = self._records.now()

        def work(conn: sa.Connection) -> str:
            email = conn.scalar(sa.select(user_account.c.email).where(user_account.c.id == user_id))
            if email is None:
                raise NotFound(f"There is no user with the id {user_id[:40]!r}.")
            if _confirmed(conn, user_id):
                raise Refused("A second factor is set up already. Remove it before you set up another.")
            conn.execute(second_factor.delete().where(second_factor.c.user_id == user_id))
            conn.execute(second_factor.insert().values(user_id=user_id, secret=sealed, last_step=-1, created_at=now))
            return str(email)

        return _enrolment(secret, self._records.write(work), self.issuer)

    def confirm(self, user_id: str, code: str) -> tuple[str, ...]:
        """Make the new secret bind, and return ten recovery codes, once and never again.

        Raises:
            Invalid: the code is wrong.
            TooManyRequests: too many were.
            NotFound: nothing was begun.
        """
        self._throttle.attempt((CODE, user_id))
        step = self._matching_step(user_id, code)
        if step is None:
            raise Invalid({"code": _WRONG})
        codes = new_recovery_codes()
        now = self._records.now()

        def work(conn: sa.Connection) -> None:
            if not _use_step(conn, user_id, step):
                raise Invalid({"code": _WRONG})
            conn.execute(second_factor.update().where(second_factor.c.user_id == user_id).values(confirmed_at=now))
            _write_codes(conn, user_id, codes)

        self._records.change(work)
        self._throttle.succeeded(CODE, user_id)
        return codes

    def check(self, user_id: str, code: str) -> None:
        """Take a code of the authenticator or a recovery code, and use it up.

        Raises:
            Invalid: it is wrong, or was used before.
            TooManyRequests: too many were wrong; wait.
            NotFound: no second factor is set up.
        """
        self._throttle.attempt((CODE, user_id))
        if not self._records.read(lambda conn: _confirmed(conn, user_id)):
            raise NotFound("No second factor is set up.")
        typed = "".join(code.split()).replace("-", "").casefold()
        if not (self._use_code(user_id, typed) if typed.isdecimal() else self._use_recovery_code(user_id, typed)):
            raise Invalid({"code": _WRONG})
        self._throttle.succeeded(CODE, user_id)

    def renew_recovery_codes(self, user_id: str) -> tuple[str, ...]:
        """Return ten new recovery codes; the old ones are dead.

        Raises:
            NotFound: no second factor is set up.
        """
        codes = new_recovery_codes()

        def work(conn: sa.Connection) -> None:
            if not _confirmed(conn, user_id):
                raise NotFound("No second factor is set up.")
            _write_codes(conn, user_id, codes)

        self._records.write(work)
        return codes

    def recovery_codes_left(self, user_id: str) -> int:
        """Return how many recovery codes are not used yet."""
        where = (recovery_code.c.user_id == user_id, recovery_code.c.used_at.is_(None))
        statement = sa.select(sa.func.count()).select_from(recovery_code).where(*where)
        return self._records.read(lambda conn: conn.scalar(statement)) or 0

    def remove(self, user_id: str) -> None:
        """Remove the second factor and its recovery codes. Whoever needs one must set up another."""

        def work(conn: sa.Connection) -> None:
            conn.execute(recovery_code.delete().where(recovery_code.c.user_id == user_id))
            conn.execute(second_factor.delete().where(second_factor.c.user_id == user_id))

        self._records.change(work)

    def _use_code(self, user_id: str, typed: str) -> bool:
        step = self._matching_step(user_id, typed)
        return step is not None and self._records.write(lambda conn: _use_step(conn, user_id, step))

    def _use_recovery_code(self, user_id: str, typed: str) -> bool:
        now = self._records.now()
        return self._records.write(lambda conn: _use_recovery_code(conn, user_id, typed, now))

    def _matching_step(self, user_id: str, code: str) -> int | None:
        statement = sa.select(second_factor.c.secret).where(second_factor.c.user_id == user_id)
        sealed = self._records.read(lambda conn: conn.scalar(statement))
        if sealed is None:
            raise NotFound("No second factor is being set up.")
        secret = self._records.vault.unseal(sealed, SECOND_FACTOR.place(user_id)).decode()
        return matching_step(secret, "".join(code.split()), self._records.clock())


def matching_step(
    secret: str, code: str, at: float, *, digits: int = 6, digest: Any = hashlib.sha1, drift: int = DRIFT
) -> int | None:
    """Return the time step that *code* belongs to, at most *drift* steps from *at*, or None.

    Args:
        secret: In base 32.
        code: As it was typed.
        at: Seconds since 1970.
        digits: How many a code has.
        digest: The hash of RFC 6238.
        drift: Steps either way.
    """
    if not (code.isascii() and code.isdigit()):
        return None
    import pyotp

    totp = pyotp.TOTP(secret, digits=digits, digest=digest, interval=STEP)
    now = int(at // STEP)
    found = None
    for step in range(max(0, now - drift), now + drift + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            found = step  # no early end: each try takes the same time
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """Return ten codes such as `kd7w-29fm-xq3h-8rta`, 79 random bits each."""
    return tuple("-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES))


def _group() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))


def _enrolment(secret: str, email: str, issuer: str) -> Enrolment:
    import pyotp
    import segno

    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)
    drawn = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgclass=None, lineclass=None, omitsize=True, border=2, light="#fff"
    )
    spaced = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    return Enrolment(spaced, uri, drawn.getvalue().decode().strip())


def _confirmed(conn: sa.Connection, user_id: str) -> bool:
    statement = sa.select(second_factor.c.confirmed_at).where(second_factor.c.user_id == user_id)
    return conn.scalar(statement) is not None


def _use_step(conn: sa.Connection, user_id: str, step: int) -> bool:
    where = (second_factor.c.user_id == user_id, second_factor.c.last_step < step)
    return conn.execute(second_factor.update().where(*where).values(last_step=step)).rowcount == 1


def _use_recovery_code(conn: sa.Connection, user_id: str, typed: str, now: Any) -> bool:
    where = (
        recovery_code.c.user_id == user_id,
        recovery_code.c.code_hash == _code_hash(user_id, typed),
        recovery_code.c.used_at.is_(None),
    )
    return conn.execute(recovery_code.update().where(*where).values(used_at=now)).rowcount == 1


def _write_codes(conn: sa.Connection, user_id: str, codes: tuple[str, ...]) -> None:
    conn.execute(recovery_code.delete().where(recovery_code.c.user_id == user_id))
    hashes = [_code_hash(user_id, code.replace("-", "")) for code in codes]
    conn.execute(recovery_code.insert(), [{"user_id": user_id, "code_hash": hashed} for hashed in hashes])


def _code_hash(user_id: str, letters: str) -> str:
    """With the account in it, so that equal codes of two people look different."""
    return hash_of(f"{user_id}:{letters}")
