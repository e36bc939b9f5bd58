"""The room's one door: `Access` has a part for each thing, and the ways in that need several of them.

The parts are attributes: `access.users`, `.sessions`, `.standing`, `.tokens`, `.second_factors`, `.roles`, `.setup`,
`.invitations`, `.throttle`, `.rates`, `.permissions`, `.policies`, `.decisions`, `.explain`, `.files`.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from nexus_admin.access.actors import Actors
from nexus_admin.access.book import About
from nexus_admin.access.decide import Decisions
from nexus_admin.access.emails import fold_email
from nexus_admin.access.explain import Explain
from nexus_admin.access.file import AccessFiles
from nexus_admin.access.invitations import Invitations
from nexus_admin.access.passwords import Passwords
from nexus_admin.access.permissions import Permissions
from nexus_admin.access.policies import Policies
from nexus_admin.access.rates import RateLimiter, Rates
from nexus_admin.access.records import Records
from nexus_admin.access.roles import Roles
from nexus_admin.access.sessions import Device, Lifetime, Session, Sessions
from nexus_admin.access.setup import Setup
from nexus_admin.access.standing import Standing
from nexus_admin.access.throttle import ACCOUNT, ADDRESS, Throttle, network_of
from nexus_admin.access.tokens import Tokens
from nexus_admin.access.totp import Enrolment, SecondFactors
from nexus_admin.access.users import Users
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import Invalid, NotFound, Refused, SignInNeeded
from nexus_admin.domain.resource import Schema
from nexus_admin.state.engine import State
from nexus_admin.state.tables.identity import user_account

_WRONG = "The email or the password is wrong."


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a way in gave.

    Args:
        cookie: For the browser, and nowhere else to be found.
        session: Its stage says whether a second factor is still missing.
        recovery_codes: Only where a second factor has just been set up; shown once.
    """

    cookie: str
    session: Session
    recovery_codes: tuple[str, ...] = ()


class Access:
    """Who you are and what you may.

    Args:
        state: Our own database.
        clock: Seconds since 1970; tests give their own.
        passwords: With other parameters than the library's.
        lifetime: How long a session lives.
        routes: What one asker may ask of a route in a minute, by its name.

    Attributes: see the module.
    """

    def __init__(
        self,
        state: State,
        *,
        clock: Callable[[], float] = time.time,
        passwords: Passwords | None = None,
        lifetime: Lifetime | None = None,
        routes: Mapping[str, int] | None = None,
    ) -> None:
        self._records = Records(state, clock)
        self.passwords = passwords or Passwords()
        self.throttle = Throttle(clock)
        self.rates = Rates(RateLimiter(clock=clock), routes)
        self.permissions = Permissions()
        self.policies = Policies()
        self._furnish(lifetime)

    def _furnish(self, lifetime: Lifetime | None) -> None:
        records = self._records
        self.users = Users(records, self.passwords)
        self.roles = Roles(records, self.permissions)
        self._actors = Actors(self.roles)
        self.sessions = Sessions(records, self._actors, lifetime)
        self.standing = Standing(records, self.sessions.lifetime)
        self.tokens = Tokens(records, self._actors, self.permissions)
        self.second_factors = SecondFactors(records, self.throttle)
        self.invitations = Invitations(records, self.passwords, self.throttle)
        self.setup = Setup(records, self.users, self.passwords, self.throttle)
        self.decisions = Decisions(records, self.roles, self.policies)
        self.explain = Explain(self.decisions, self.roles)
        self.files = AccessFiles(records, self.roles, self.permissions)

    @property
    def version(self) -> int:
        """A number that rises with any change of anybody's rights; part of cache keys."""
        return self._records.version()

    def within(self, conn: sa.Connection) -> Access:
        """Return the same room within a transaction of the caller's; after its commit call `changed` of this one."""
        twin = copy.copy(self)
        twin._records = self._records.joined(conn)
        twin._furnish(self.sessions.lifetime)
        twin.decisions.schema_of = self.decisions.schema_of
        return twin

    def changed(self) -> None:
        """Drop what is remembered; only needed after a commit of what was done by `within`."""
        self._records.changed()

    def decide(self, actor: Actor, action: str, source: str, resource: About = None) -> Decision:
        """Say whether *actor* may do *action* there, why, and on which rows and fields. See `Decisions.decide`."""
        return self.decisions.decide(actor, action, source, resource)

    def decide_tables(self, actor: Actor, action: str, tables: Schema) -> Mapping[str, Decision]:
        """Say it of each table of a source, by its name. See `Decisions.decide_tables`."""
        return self.decisions.decide_tables(actor, action, tables)

    def decide_each(self, actor: Actor, actions: tuple[str, ...], source: str) -> Mapping[str, Decision]:
        """Say it of several actions in a source, by their names. See `Decisions.decide_each`."""
        return self.decisions.decide_each(actor, actions, source)

    def actor_of_session(self, cookie: str) -> Actor | None:
        """Return who stands behind a cookie; None where nobody does, or a second factor is still missing."""
        return self.sessions.actor(cookie)

    def actor_of_token(self, bearer: str) -> Actor | None:
        """Return who stands behind an API token, or None."""
        return self.tokens.actor(bearer)

    def actor_of_user(self, user_id: str) -> Actor | None:
        """Return an account as an actor, for previews, and for work that it has ordered; None where it is shut out."""
        try:
            user = self.users.get(user_id)
        except NotFound:
            return None
        return self._actors.person(user) if user.active else None

    def sign_in(self, email: str, password: str, device: Device, *, previous: str | None = None) -> SignIn:
        """Begin a session by a password. Slow on purpose: in a server, call it in a thread behind a limiter.

        Args:
            email: However it is spelt.
            password: As it was typed.
            device: Where it comes from.
            previous: The cookie that came along; its session ends.

        Raises:
            SignInNeeded: wrong; the same words, after the same time, whether or not there is such an account.
            TooManyRequests: too many were wrong, for this account or from this address.
        """
        account = fold_email(email)[:300]
        guesses = [(ACCOUNT, account)]
        if device.address:
            guesses.append((ADDRESS, network_of(device.address)))
        self.throttle.attempt(*guesses)
        user_id, stored = self._stored_password(account)
        checked = self.passwords.check(password, stored)
        if user_id is None or not checked.right:
            raise SignInNeeded(_WRONG)
        self.throttle.succeeded(ACCOUNT, account)
        self.throttle.forgive(ADDRESS, network_of(device.address))
        if checked.rehashed is not None:
            self._keep_hash(user_id, stored, checked.rehashed)
        return self.sign_in_as(user_id, device, via="password", previous=previous)

    def sign_in_as(self, user_id: str, device: Device, *, via: str, previous: str | None = None) -> SignIn:
        """Begin a session for somebody whom an identity provider vouches for. Their second factor is asked for too.

        Raises:
            NotFound: there is no such account, or it may not come in.
        """
        if previous:
            self.sessions.end(previous)
        return SignIn(*self.sessions.start(user_id, device, via=via))

    def sign_out(self, cookie: str) -> None:
        """End the session of a cookie."""
        self.sessions.end(cookie)

    def pass_second_factor(self, cookie: str, code: str) -> SignIn:
        """Take a code or a recovery code, and give the session a new id.

        Raises:
            SignInNeeded: there is no such session any more.
            Invalid: the code is wrong or used.
            TooManyRequests: five were; wait.
        """
        session = self._session(cookie)
        self.second_factors.check(session.user_id, code)
        return self._renewed(cookie)

    def begin_second_factor(self, cookie: str) -> Enrolment:
        """Return what is needed to set up an authenticator, also in a session that waits for that.

        Raises:
            SignInNeeded: there is no such session any more.
            Refused: one is set up already.
        """
        return self.second_factors.begin(self._session(cookie).user_id)

    def confirm_second_factor(self, cookie: str, code: str) -> SignIn:
        """Make the new authenticator bind; the session gets a new id, and the answer has the recovery codes.

        Raises:
            SignInNeeded, Invalid, TooManyRequests, NotFound: as for `SecondFactors.confirm`.
        """
        codes = self.second_factors.confirm(self._session(cookie).user_id, code)
        return self._renewed(cookie, codes)

    def remove_second_factor(self, cookie: str, code: str) -> None:
        """Remove one's own second factor, with one of its codes.

        Raises:
            SignInNeeded, Invalid, TooManyRequests, NotFound: as for `pass_second_factor`.
        """
        session = self._session(cookie)
        self.second_factors.check(session.user_id, code)
        self.second_factors.remove(session.user_id)

    def change_password(self, cookie: str, old: str, new: str) -> SignIn:
        """Change one's own password. Every session and token ends; this device gets a new session.

        Raises:
            SignInNeeded: the session is over, or not full yet.
            Invalid: the old one is wrong, or the new one no good.
            Refused: this account has no password: it signs in by another way.
            TooManyRequests: the old one was wrong too often.
        """
        session, actor = self._session(cookie), self.sessions.actor(cookie)
        if actor is None:
            raise SignInNeeded("Finish signing in first.")
        user = self.users.get(session.user_id)
        account = fold_email(user.email)
        self.throttle.attempt((ACCOUNT, account))
        _user_id, stored = self._stored_password(account)
        if stored is None:
            raise Refused("This account has no password: it signs in by another way.")
        if not self.passwords.check(old, stored).right:
            raise Invalid({"old": "This is not your password."})
        self.throttle.succeeded(ACCOUNT, account)
        self.users.set_password(user.id, new, by=actor)
        device = Device(session.user_agent, session.address)
        return SignIn(*self.sessions.start(user.id, device, via=session.via, second_factor_at=session.second_factor_at))

    def _session(self, cookie: str) -> Session:
        session = self.sessions.find(cookie)
        if session is None:
            raise SignInNeeded("This session is over. Sign in again.")
        return session

    def _renewed(self, cookie: str, codes: tuple[str, ...] = ()) -> SignIn:
        fresh = self.sessions.renew(cookie, second_factor=True)
        if fresh is None:
            raise SignInNeeded("This session is over. Sign in again.")
        return SignIn(*fresh, recovery_codes=codes)

    def _stored_password(self, account: str) -> tuple[str | None, str | None]:
        """Return id and hash of an account that may come in; two Nones for any other."""
        table = user_account
        statement = sa.select(table.c.id, table.c.password_hash).where(table.c.email_folded == account, table.c.active)
        row = self._records.read(lambda conn: conn.execute(statement).first())
        return (None, None) if row is None else (row[0], row[1])

    def _keep_hash(self, user_id: str, before: str | None, after: str) -> None:
        """The password stays what it is, so nothing ends; unless it was changed in between, when nothing is kept."""
        where = (user_account.c.id == user_id, user_account.c.password_hash == before)
        statement = user_account.update().where(*where).values(password_hash=after)
        self._records.write(lambda conn: conn.execute(statement).rowcount)
