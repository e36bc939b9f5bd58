"""Sessions: new ids when rights change, an end when they should end, nothing of use in the store."""

from datetime import timedelta
from threading import Event

import pytest

from nexus_admin.access import Access, Device
from nexus_admin.access.sessions import Lifetime
from tests.access.world import LAPTOP, PASSWORD, PHONE, SYSTEM, World, cheap_passwords

MINUTE, HOUR, DAY = 60, 3600, 86400


def sign_in(world: World, device: Device = LAPTOP, previous: str | None = None) -> str:
    return world.access.sign_in("ana@example.com", PASSWORD, device, previous=previous).cookie


def test_signing_in_never_takes_over_a_cookie_that_was_there_before(world: World) -> None:
    planted = sign_in(world)
    fresh = sign_in(world, previous=planted)
    assert fresh != planted
    assert world.access.actor_of_session(planted) is None
    assert world.access.actor_of_session(fresh) is not None
    assert world.access.actor_of_session("a cookie that somebody made up") is None


def test_a_session_whose_roles_changed_gets_a_new_id_and_the_old_cookie_is_dead(world: World) -> None:
    user = world.user("viewer")
    cookie = world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie
    before = world.access.sessions.find(cookie)
    assert before is not None
    assert not before.renew
    world.access.users.set_roles(user.id, ["editor"], by=world.ana)
    after = world.access.sessions.find(cookie)
    assert after is not None
    assert after.renew
    renewed = world.access.sessions.renew(cookie)
    assert renewed is not None
    fresh, session = renewed
    assert (session.id != before.id, session.renew) == (True, False)
    assert session.expires_at == before.expires_at
    assert world.access.actor_of_session(cookie) is None
    actor = world.access.actor_of_session(fresh)
    assert actor is not None
    assert actor.roles == ("editor",)
    assert world.access.sessions.renew(cookie) is None


def test_sessions_are_listed_and_ended_one_by_one_and_all_at_once(world: World) -> None:
    here, there, third = sign_in(world), sign_in(world, PHONE), sign_in(world, PHONE)
    listed = world.access.sessions.of_user(world.owner.id)
    assert [(one.user_agent, one.address) for one in listed] == [
        (PHONE.user_agent, PHONE.address),
        (PHONE.user_agent, PHONE.address),
        (LAPTOP.user_agent, LAPTOP.address),
    ]
    assert world.access.sessions.revoke(world.owner.id, listed[0].id)
    assert world.access.actor_of_session(third) is None
    assert world.access.sessions.revoke_others(here) == 1
    assert world.access.actor_of_session(there) is None
    assert world.access.actor_of_session(here) is not None
    world.access.sign_out(here)
    assert world.access.actor_of_session(here) is None
    assert world.access.sessions.of_user(world.owner.id) == []


def test_nobody_ends_the_session_of_another(world: World) -> None:
    cookie = sign_in(world)
    session = world.access.sessions.find(cookie)
    assert session is not None
    assert not world.access.sessions.revoke(world.user().id, session.id)
    assert world.access.actor_of_session(cookie) is not None


def test_an_account_that_is_shut_or_deleted_is_out_at_once(world: World) -> None:
    shut, gone = world.user("viewer"), world.user("viewer")
    cookies = [world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie for user in (shut, gone)]
    assert all(world.access.actor_of_session(cookie) for cookie in cookies)
    world.access.users.set_active(shut.id, False, by=world.ana)
    world.access.users.delete(gone.id, by=world.ana)
    assert [world.access.actor_of_session(cookie) for cookie in cookies] == [None, None]
    world.access.users.set_active(shut.id, True, by=world.ana)
    assert world.access.actor_of_session(cookies[0]) is None


def test_a_session_ends_when_it_is_idle_and_at_its_end_at_any_rate(world: World) -> None:
    idle, busy = sign_in(world), sign_in(world)
    for _ in range(5):
        world.clock.forward(2 * DAY)
        forget(world)
        assert world.access.actor_of_session(busy) is not None
        wait_for_later(world)
    assert world.access.actor_of_session(idle) is None
    for _ in range(9):
        world.clock.forward(2 * DAY)
        forget(world)
        assert world.access.actor_of_session(busy) is not None
        wait_for_later(world)
    world.clock.forward(2 * DAY)
    forget(world)
    assert world.access.actor_of_session(busy) is None


def test_a_session_that_may_be_idle_for_seconds_only_lives_on_with_each_request(world: World) -> None:
    access = Access(
        world.state, clock=world.clock, passwords=cheap_passwords(), lifetime=Lifetime(timedelta(seconds=30))
    )
    cookie = access.sign_in_as(world.owner.id, LAPTOP, via="password").cookie
    for _ in range(10):
        world.clock.forward(20)
        access.changed()
        assert access.actor_of_session(cookie) is not None
        wait_for_later(world)
    world.clock.forward(30)
    access.changed()
    assert access.actor_of_session(cookie) is None


def test_a_shorter_lifetime_binds_sessions_of_before_and_a_longer_one_those_that_are_seen(world: World) -> None:
    seen, unseen = sign_in(world), sign_in(world)
    world.clock.forward(2 * HOUR)

    def lasting(days: float) -> Access:
        return Access(
            world.state, clock=world.clock, passwords=cheap_passwords(), lifetime=Lifetime(timedelta(days=days))
        )

    assert lasting(1 / 24).actor_of_session(seen) is None
    assert lasting(10).actor_of_session(seen) is not None
    wait_for_later(world)
    world.clock.forward(5 * DAY)
    later = lasting(10)
    assert later.actor_of_session(seen) is not None
    assert later.actor_of_session(unseen) is None


def test_who_was_seen_while_their_session_ended_stays_out(world: World) -> None:
    """What is written later prolongs a session that is there, and never makes one."""
    cookie = sign_in(world)
    world.clock.forward(HOUR)
    forget(world)
    assert world.access.actor_of_session(cookie) is not None
    world.access.sign_out(cookie)
    wait_for_later(world)
    forget(world)
    assert world.access.actor_of_session(cookie) is None


def test_a_clock_that_is_put_forward_by_a_day_or_back_throws_nobody_out(world: World) -> None:
    cookie = sign_in(world)
    for jump in (DAY, -2 * DAY, HOUR):
        world.clock.forward(jump)
        forget(world)
        assert world.access.actor_of_session(cookie) is not None


def test_when_somebody_was_seen_is_written_once_a_minute(world: World) -> None:
    cookie = sign_in(world)
    begun = world.access.users.get(world.owner.id).last_seen_at
    world.clock.forward(30)
    look(world, cookie)
    assert world.access.users.get(world.owner.id).last_seen_at == begun
    world.clock.forward(31)
    look(world, cookie)
    seen = world.access.users.get(world.owner.id).last_seen_at
    assert seen is not None
    assert seen.timestamp() == world.clock.at


def test_a_change_in_another_process_is_seen_when_memory_is_two_seconds_old(world: World) -> None:
    cookie = sign_in(world)
    assert world.access.actor_of_session(cookie) is not None
    other = Access(world.state, clock=world.clock, passwords=cheap_passwords())
    user = world.user("viewer")
    actor = world.actor(user)
    assert world.decide(actor, "row.list").allowed
    other.roles.delete("viewer", by=SYSTEM)
    other.sessions.end(cookie)
    forget(world)
    world.access._records._look_again = 0.0
    assert world.access.actor_of_session(cookie) is None
    assert not world.decide(actor, "row.list").allowed


def test_a_forms_token_is_spelled_anew_each_time_and_fits_as_often(world: World) -> None:
    cookie = sign_in(world)
    spelled = {world.access.sessions.csrf_token(cookie) for _ in range(20)}
    assert len(spelled) == 20
    assert all(world.access.sessions.csrf_fits(cookie, one) for one in spelled)
    one = spelled.pop()
    assert not world.access.sessions.csrf_fits(cookie, one[:-4])
    assert not world.access.sessions.csrf_fits(cookie, "")


def test_the_form_token_belongs_to_one_session(world: World) -> None:
    one, other = sign_in(world), sign_in(world)
    token = world.access.sessions.csrf_token(one)
    assert world.access.sessions.csrf_fits(one, token)
    assert not world.access.sessions.csrf_fits(other, token)
    assert not world.access.sessions.csrf_fits(one, token[:-2])
    for wrong in ("", "é", "%%%", "A" * 5000, "A" * 48, token + "A"):
        assert not world.access.sessions.csrf_fits(one, wrong)


def test_what_a_browser_says_of_itself_is_kept_short_and_plain(world: World) -> None:
    cookie = sign_in(world, Device("Fire\x1b[31mfox\r\n" + "x" * 5000, "192.0.2.7\n" + "9" * 500))
    session = world.access.sessions.find(cookie)
    assert session is not None
    assert session.user_agent.startswith("Fire[31mfoxxxx")
    assert len(session.user_agent) <= 300
    assert len(session.address) <= 64
    assert "\n" not in session.address


@pytest.mark.parametrize("cookie", ["", "x", "x" * 100_000, "\ud800", "nxt_" + "x" * 43])
def test_a_cookie_that_is_none_of_ours_is_nobody(world: World, cookie: str) -> None:
    assert world.access.actor_of_session(cookie) is None
    assert world.access.sessions.renew(cookie) is None


def forget(world: World) -> None:
    """As if two seconds had passed."""
    world.access.changed()


def wait_for_later(world: World) -> None:
    """What waits is written in order: after the last of it, and one more write, all of it is there."""
    written = Event()
    world.state.later(lambda _conn: written.set())
    assert written.wait(60)
    world.state.write(lambda _conn: None)


def look(world: World, cookie: str) -> None:
    forget(world)
    assert world.access.actor_of_session(cookie) is not None
    wait_for_later(world)
