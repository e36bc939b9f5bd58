"""Second factors: the vectors of the standard, one use each, five tries, and no way around them."""

import base64
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from xml.etree import ElementTree

import pyotp
import pytest

from nexus_admin.access import SignIn
from nexus_admin.access.totp import matching_step
from nexus_admin.access.users import User
from nexus_admin.domain.errors import Invalid, NexusError, NotFound, Refused, SignInNeeded, TooManyRequests
from tests.access.world import LAPTOP, PASSWORD, PHONE, SYSTEM, World

VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]
SEEDS = [(hashlib.sha1, 20), (hashlib.sha256, 32), (hashlib.sha512, 64)]


@pytest.mark.req("S003-SEC-04")
@pytest.mark.parametrize(("at", "sha1", "sha256", "sha512"), VECTORS)
def test_codes_are_those_of_rfc_6238(at: int, sha1: str, sha256: str, sha512: str) -> None:
    for (digest, length), code in zip(SEEDS, (sha1, sha256, sha512), strict=True):
        seed = base64.b32encode((b"1234567890" * 7)[:length]).decode()
        options: dict[str, Any] = {"digits": 8, "digest": digest}
        assert matching_step(seed, code, at, **options) == at // 30
        assert matching_step(seed, code, at, drift=0, **options) == at // 30
        assert matching_step(seed, code[:-1] + str((int(code[-1]) + 1) % 10), at, **options) is None


@pytest.mark.req("S003-SEC-04")
@pytest.mark.parametrize(("late", "passes"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_telephone_may_be_one_step_early_or_late(world: World, late: int, passes: bool) -> None:
    user, secret = enrolled(world)
    waiting = world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie
    world.clock.forward(300)
    code = code_at(secret, world.clock.at - late)
    if passes:
        assert world.access.pass_second_factor(waiting, code).session.stage == "full"
    else:
        with pytest.raises(Invalid):
            world.access.pass_second_factor(waiting, code)


@pytest.mark.req("S003-SEC-04")
def test_of_ten_requests_with_the_same_code_exactly_one_passes(world: World) -> None:
    user, secret = enrolled(world)
    cookies = [world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie for _ in range(10)]
    world.clock.forward(30)
    # The throttle would refuse half of them; what is tried here is the race behind it.
    world.access.throttle.attempt = lambda *_guesses: None  # type: ignore[method-assign]
    assert race(world, cookies, code_at(secret, world.clock.at)) == 1


@pytest.mark.req("S003-SEC-04")
def test_of_ten_requests_with_the_same_recovery_code_exactly_one_passes(world: World) -> None:
    user, _secret = enrolled(world)
    codes = world.access.second_factors.renew_recovery_codes(user.id)
    cookies = [world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie for _ in range(10)]
    world.access.throttle.attempt = lambda *_guesses: None  # type: ignore[method-assign]
    assert race(world, cookies, codes[0]) == 1
    assert world.access.second_factors.recovery_codes_left(user.id) == 9


@pytest.mark.req("S003-SEC-04")
def test_a_code_is_dead_once_it_was_used_and_so_is_every_older_one(world: World) -> None:
    user, secret = enrolled(world)
    world.clock.forward(300)
    now, before = code_at(secret, world.clock.at), code_at(secret, world.clock.at - 30)
    world.access.second_factors.check(user.id, now)
    for code in (now, before):
        with pytest.raises(Invalid, match="used already"):
            world.access.second_factors.check(user.id, code)


def test_a_session_without_its_second_factor_is_nobody(world: World) -> None:
    user, secret = enrolled(world)
    waiting = world.access.sign_in(user.email, PASSWORD, LAPTOP)
    assert waiting.session.stage == "second_factor"
    assert world.access.actor_of_session(waiting.cookie) is None
    with pytest.raises(SignInNeeded, match="Finish signing in"):
        world.access.change_password(waiting.cookie, PASSWORD, "another password")
    world.clock.forward(30)
    full = world.access.pass_second_factor(waiting.cookie, code_at(secret, world.clock.at))
    assert full.cookie != waiting.cookie
    assert full.session.id != waiting.session.id
    assert world.access.actor_of_session(waiting.cookie) is None
    assert world.access.actor_of_session(full.cookie) is not None


def test_a_provider_that_vouches_for_somebody_does_not_lead_around_the_second_factor(world: World) -> None:
    user, _secret = enrolled(world)
    assert world.access.sign_in_as(user.id, LAPTOP, via="oidc").session.stage == "second_factor"


def test_five_wrong_codes_then_a_delay_that_grows(world: World) -> None:
    user, secret = enrolled(world)
    waiting = world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie
    world.clock.forward(30)
    for _ in range(5):
        with pytest.raises(Invalid):
            world.access.pass_second_factor(waiting, "000000")
    for wait in (30, 60, 120):
        with pytest.raises(TooManyRequests) as slowed:
            world.access.pass_second_factor(waiting, code_at(secret, world.clock.at))
        assert slowed.value.retry_after == wait
        world.clock.forward(wait)
        with pytest.raises(Invalid):
            world.access.pass_second_factor(waiting, "000000")
    world.clock.forward(240)
    assert world.access.pass_second_factor(waiting, code_at(secret, world.clock.at)).session.stage == "full"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "²²²²²²", "-1", "\ud800", "9" * 10_000])
def test_what_is_no_code_is_wrong_and_nothing_worse(world: World, code: str) -> None:
    user, _secret = enrolled(world)
    with pytest.raises(Invalid, match="wrong"):
        world.access.second_factors.check(user.id, code)


def test_a_recovery_code_may_be_typed_without_its_dashes_and_in_capitals(world: World) -> None:
    user, _secret = enrolled(world)
    codes = world.access.second_factors.renew_recovery_codes(user.id)
    assert len(set(codes)) == 10
    world.access.second_factors.check(user.id, codes[3].replace("-", " ").upper())
    with pytest.raises(Invalid):
        world.access.second_factors.check(user.id, codes[3])


def test_recovery_codes_of_before_are_dead_when_there_are_new_ones(world: World) -> None:
    user, _secret = enrolled(world)
    old = world.access.second_factors.renew_recovery_codes(user.id)
    world.access.second_factors.renew_recovery_codes(user.id)
    with pytest.raises(Invalid):
        world.access.second_factors.check(user.id, old[0])


def test_a_secret_binds_only_after_its_first_code(world: World) -> None:
    user = world.user("viewer")
    cookie = world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie
    enrolment = world.access.begin_second_factor(cookie)
    assert world.access.sign_in(user.email, PASSWORD, PHONE).session.stage == "full"
    with pytest.raises(Invalid):
        world.access.confirm_second_factor(cookie, "000000")
    with pytest.raises(NotFound):
        world.access.second_factors.check(user.id, code_at(enrolment.secret, world.clock.at))
    done = world.access.confirm_second_factor(cookie, code_at(enrolment.secret, world.clock.at))
    assert len(done.recovery_codes) == 10
    assert world.access.actor_of_session(cookie) is None
    assert world.access.actor_of_session(done.cookie) is not None
    with pytest.raises(Refused, match="already"):
        world.access.begin_second_factor(done.cookie)


def test_other_devices_must_pass_it_from_the_moment_that_it_is_set_up(world: World) -> None:
    user = world.user("viewer")
    elsewhere = world.access.sign_in(user.email, PASSWORD, PHONE).cookie
    assert world.access.actor_of_session(elsewhere) is not None
    enrol(world, world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie)
    assert world.access.actor_of_session(elsewhere) is None


def test_the_picture_for_the_telephone_is_plain_svg(world: World) -> None:
    cookie = world.access.sign_in("ana@example.com", PASSWORD, LAPTOP).cookie
    enrolment = world.access.begin_second_factor(cookie)
    parsed = pyotp.parse_uri(enrolment.uri)
    assert isinstance(parsed, pyotp.TOTP)
    assert parsed.secret == enrolment.secret.replace(" ", "")
    root = ElementTree.fromstring(enrolment.svg)
    assert root.tag.endswith("svg")
    assert not re.search(r"style|script|on\w+=|href", enrolment.svg)


@pytest.mark.req("S003-SEC-04")
def test_a_role_can_ask_for_a_second_factor_and_nothing_works_until_it_is_set_up(world: World) -> None:
    user = world.user("viewer")
    before = world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie
    bearer, _token = world.access.tokens.create(user.id, "script")
    assert world.access.actor_of_session(before)
    assert world.access.actor_of_token(bearer)
    world.role("strict", require_second_factor=True)
    world.role("clerk", inherits=("strict",))
    world.access.users.set_roles(user.id, ["viewer", "clerk"], by=SYSTEM)
    assert world.access.actor_of_session(before) is None
    assert world.access.actor_of_token(bearer) is None
    waiting = world.access.sign_in(user.email, PASSWORD, LAPTOP)
    assert waiting.session.stage == "enrol"
    done, secret = enrol(world, waiting.cookie)
    actor = world.access.actor_of_session(done.cookie)
    assert actor is not None
    assert "clerk" in actor.roles
    assert world.access.actor_of_token(bearer)
    world.clock.forward(60)
    world.access.remove_second_factor(done.cookie, code_at(secret, world.clock.at))
    assert world.access.actor_of_session(done.cookie) is None


def enrol(world: World, cookie: str) -> tuple[SignIn, str]:
    secret = world.access.begin_second_factor(cookie).secret
    return world.access.confirm_second_factor(cookie, code_at(secret, world.clock.at)), secret


def enrolled(world: World) -> tuple[User, str]:
    user = world.user("viewer")
    _done, secret = enrol(world, world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie)
    return user, secret


def code_at(secret: str, at: float) -> str:
    return pyotp.TOTP(secret.replace(" ", "")).at(int(at))


def race(world: World, cookies: list[str], code: str) -> int:
    start = Barrier(len(cookies))

    def attempt(cookie: str) -> bool:
        start.wait()
        try:
            world.access.pass_second_factor(cookie, code)
        except NexusError:
            return False
        return True

    with ThreadPoolExecutor(len(cookies)) as pool:
        return sum(pool.map(attempt, cookies))
