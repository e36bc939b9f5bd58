"""Publish-subscribe on PostgreSQL: the contract, two processes on one state, connections that are lost."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from tests.waiting import until

PARTS = ("routing", "receiving", "retaining")
pytest.register_assert_rewrite(*(f"nexus_admin.testing.brokers.{one}" for one in PARTS))

from nexus_admin.brokers.content import Content  # noqa: E402  (after the line above)
from nexus_admin.brokers.pubsub import Gap, Message, PostgresPubSub, PubSub, sender  # noqa: E402
from nexus_admin.domain.errors import Refused, StateDown, TooLarge  # noqa: E402
from nexus_admin.state.engine import State  # noqa: E402
from nexus_admin.state.tables.topics import topic_message  # noqa: E402
from nexus_admin.testing.brokers.pubsub import PubSubContract  # noqa: E402
from nexus_admin.testing.brokers.routing import QUIET, take, told  # noqa: E402
from tests.brokers.queue.engines import KEY  # noqa: E402

PATIENCE = 60.0
LIFE = 0.3
EARS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN nexus_topics%'"


@pytest.fixture(scope="module")
def whole_state(module_postgres_url: str) -> Iterator[State]:
    with State.open(module_postgres_url, key=KEY) as one:
        yield one


@pytest.fixture
def state(whole_state: State) -> State:
    """A state without last values."""
    whole_state.write(lambda connection: connection.execute(topic_message.delete()))
    return whole_state


@pytest.fixture
def opened(state: State) -> Iterator[Callable[[], PostgresPubSub]]:
    """Opens an engine, as each process on the state does."""
    all_of_them: list[PostgresPubSub] = []

    def one() -> PostgresPubSub:
        all_of_them.append(PostgresPubSub(state))
        return all_of_them[-1]

    yield one
    for each in all_of_them:
        each.close()


@pytest.fixture
def pubsub(opened: Callable[[], PostgresPubSub]) -> PubSub:
    return opened()


@pytest.fixture
def pair(opened: Callable[[], PostgresPubSub]) -> tuple[PostgresPubSub, PostgresPubSub]:
    return opened(), opened()


@pytest.mark.req("S002-PUBSUB-01", "S002-PUBSUB-02", "S002-PUBSUB-13", "S002-PUBSUB-14", "S002-PUBSUB-15")
class TestPostgres(PubSubContract):
    @pytest.fixture
    def pubsub(self, opened: Callable[[], PostgresPubSub]) -> PubSub:
        return opened()


def values(heard: list[Any]) -> list[Any]:
    return [one.value if isinstance(one, Message) else one for one in heard]


@pytest.mark.req("S002-PUBSUB-05")
def test_what_each_thread_publishes_is_heard_elsewhere_once_and_in_its_order(
    pair: tuple[PostgresPubSub, PostgresPubSub],
) -> None:
    here, there = pair

    def publish(thread: int) -> None:
        for number in range(300):
            here.publish(f"own/{thread}" if number % 2 else "common", [thread, number], retain=number % 50 == 49)

    with there.subscribe("own/+", "common", buffer=5_000) as far, here.subscribe("#", buffer=5_000) as near:
        threads = [threading.Thread(target=publish, args=(n,)) for n in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        for heard in ([told(one)[1] for one in take(far, 1200)], [told(one)[1] for one in take(near, 1200)]):
            for thread in range(4):
                assert [number for who, number in heard if who == thread] == list(range(300))
        assert (far.get(QUIET), near.get(QUIET)) == (None, None)


@pytest.mark.req("S002-PUBSUB-05")
@pytest.mark.parametrize("retain", [False, True])
def test_whatever_can_be_published_arrives_elsewhere(pair: tuple[PostgresPubSub, PostgresPubSub], retain: bool) -> None:
    here, there = pair
    payloads = [
        "short", {"a": ["\u65e5\u672c", "\0", '"\n'], "b": None}, bytes(range(256)), b"text\0with", b"\x80" * 6_000,
        "x" * 7_000, "y" * 8_000, "\u65e5" * 2_700, os.urandom(9_000), os.urandom(2**20), Content(b"<a/>", "text/xml"),
    ]  # fmt: skip
    long = "level/" * 100 + "\u65e5" * 15_000
    with there.subscribe("t", "level/#") as far:
        for payload in payloads:
            here.publish("t", payload, retain=retain)
        here.publish(long, "of a long topic", retain=retain)
        assert [told(one)[1] for one in take(far, len(payloads))] == payloads
        assert told(far.get(PATIENCE)) == (long, "of a long topic", False)


@pytest.mark.req("S002-PUBSUB-05", "S002-PUBSUB-15")
def test_last_values_are_told_elsewhere_and_after_a_restart(opened: Callable[[], PostgresPubSub], state: State) -> None:
    here, there = opened(), opened()
    here.publish("hall/temp", 20, retain=True)
    here.publish("hall/temp", 21, retain=True)
    here.publish("hall/gone", b"x" * 10_000, retain=True)
    here.publish("hall/picture", b"\xff" * 10_000, retain=True, ttl=3600)
    with there.subscribe("hall/+") as far:
        assert len(take(far, 3)) == 3
        here.publish("hall/gone", b"", retain=True)
        assert told(far.get(PATIENCE)) == ("hall/gone", b"", False)  # of two who publish, each is told when it arrives
        there.publish("hall/temp", 22, retain=True)
        here.publish("hall/short", 1, retain=True, ttl=LIFE)
        assert [told(one) for one in take(far, 2)] == [("hall/temp", 22, False), ("hall/short", 1, False)]
    here.close()
    there.close()
    time.sleep(LIFE)  # it is over by the database's clock, which no test turns
    again = opened()
    with again.subscribe("+/temp", "hall/#") as later:
        heard = sorted(told(one) for one in take(later, 2))
        assert heard == [("hall/picture", b"\xff" * 10_000, True), ("hall/temp", 22, True)]
        assert later.get(QUIET) is None
    assert again.sweep() == 1
    kept = sa.select(topic_message.c.topic).where(topic_message.c.last)
    assert state.read(lambda connection: len(connection.execute(kept).all())) == 2


def test_of_last_values_that_two_keep_at_once_all_hear_the_one_that_stays_last(
    opened: Callable[[], PostgresPubSub],
) -> None:
    engines = [opened(), opened()]
    ears = [one.subscribe("t", buffer=10_000) for one in engines]

    def publish(at: int) -> None:
        for number in range(150):
            engines[at].publish("t", b"" if number % 10 == 5 else [at, number], retain=True)

    threads = [threading.Thread(target=publish, args=(at,)) for at in (0, 1)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with opened().subscribe("t") as later:
        stays = told(later.get(PATIENCE))[1]
    for at, ear in enumerate(ears):
        heard = [told(ear.get(PATIENCE))[1]]
        while heard[-1] != stays:
            heard.append(told(ear.get(PATIENCE))[1])
        assert ear.get(QUIET) is None
        for whose in (0, 1):
            numbers = [one[1] for one in heard if one and one[0] == whose]
            assert numbers == sorted(set(numbers))
            assert whose != at or numbers


def test_there_is_as_much_room_for_last_values_as_for_one(state: State) -> None:
    room = 3 * (320 + 2 + 10)
    here, there = PostgresPubSub(state, most_retained=room), PostgresPubSub(state, most_retained=room)
    for topic in ("t1", "t2"):
        here.publish(topic, b"x" * 10, retain=True)
    there.publish("t3", b"x" * 10, retain=True)
    for one in (here, there):
        until(lambda one=one: one.figures().retained == 3)
        with pytest.raises(TooLarge, match="no room for a last value of 't4'"):
            one.publish("t4", b"x" * 10, retain=True)
        assert one.figures().retained_bytes == room
    for one in (here, there):
        one.close()


@contextmanager
def away(url: str) -> Iterator[sa.Engine]:
    """Let nobody reach the database *url*, and end who is there."""
    address = sa.make_url(url)
    admin = sa.create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {address.database} ALLOW_CONNECTIONS false")
        connection.exec_driver_sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{address.database}'"
        )
        try:
            yield admin
        finally:
            connection.exec_driver_sql(f"ALTER DATABASE {address.database} ALLOW_CONNECTIONS true")
    admin.dispose()


def deafened(state: State) -> int:
    """End every connection that listens; return how many there were."""
    ended = sa.text(f"SELECT pg_terminate_backend(pid) FROM ({EARS}) AS ears")
    return len(state.read(lambda connection: connection.execute(ended).all()))


@pytest.mark.req("S002-PUBSUB-05", "S002-PUBSUB-02")
def test_who_listens_again_says_that_something_may_be_missing_and_what_is_another_last_value(
    opened: Callable[[], PostgresPubSub], state: State
) -> None:
    here, there = opened(), opened()
    here.publish("last/same", 1, retain=True)
    here.publish("last/other", 1, retain=True)
    here.publish("last/gone", 1, retain=True)
    missed: list[str] = []
    with there.subscribe("#") as far, there.subscribe("quiet"):
        there.listen(lambda _: None, "news", missed=lambda: missed.append("yes"))
        assert {told(one)[0] for one in take(far, 3)} == {"last/same", "last/other", "last/gone"}
        there._ear._over.wait = lambda _seconds=None: until_told.wait(PATIENCE)  # type: ignore[method-assign]
        until_told = threading.Event()
        assert deafened(state) == 2
        until(lambda: len(state.read(lambda connection: connection.execute(sa.text(EARS)).all())) < 2)
        here.publish("news", "that nobody there hears")
        here.publish("last/other", 2, retain=True)
        here.publish("last/gone", b"", retain=True)
        until_told.set()
        assert far.get(PATIENCE) == Gap(0)
        assert sorted(told(one) for one in take(far, 2)) == [("last/gone", b"", True), ("last/other", 2, True)]
        until(lambda: missed, "word that something was missed")
        assert missed == ["yes"]
        here.publish("news", "heard again")
        assert told(far.get(PATIENCE)) == ("news", "heard again", False)
        assert far.get(QUIET) is None


@pytest.mark.req("S002-PUBSUB-05", "S002-PUBSUB-02")
def test_while_the_database_is_away_home_goes_on_and_others_hear_later(
    new_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "MOST_WAITING", 100)
    with State.open(new_postgres_url, key=KEY) as state:
        here, there = PostgresPubSub(state), PostgresPubSub(state)
        with here.subscribe("#", buffer=1_000) as near, there.subscribe("#", buffer=1_000) as far:
            here.publish("t", "before")
            assert values(take(far, 1)) == ["before"]
            with away(new_postgres_url):
                for number in range(250):
                    assert here.publish("t", number) == 1
                assert values(take(near, 251)) == ["before", *range(250)]
                with pytest.raises(StateDown):
                    here.publish("kept", 1, retain=True)
                assert near.get(0) is None
            heard: list[Any] = []
            later = count(250)

            def hears_again() -> bool:
                """What waited may be sent before the other one listens again; what is said from then on is heard."""
                here.publish("t", next(later))
                heard.append(far.get(1))
                return isinstance(heard[-1], Message) and heard[-1].value >= 249

            until(hears_again)
            numbers = [one for one in values(heard) if isinstance(one, int)]
            assert Gap(0) in heard  # it was away too, and more was said than there was room for
            assert numbers == sorted(set(numbers))
            assert here.publish("kept", 2, retain=True) == 1
        here.close()
        there.close()


def test_what_had_no_room_on_the_way_is_told_as_a_gap(
    pair: tuple[PostgresPubSub, PostgresPubSub], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    monkeypatch.setattr(sender, "MOST_WAITING", 10)
    begun, go_on, write = threading.Event(), threading.Event(), here._state.write

    def held(work: Callable[[sa.Connection], Any]) -> Any:
        begun.set()
        assert go_on.wait(PATIENCE)
        return write(work)

    with there.subscribe("#", buffer=1_000) as far:
        monkeypatch.setattr(here._state, "write", held)
        here.publish("t", "on its way")
        assert begun.wait(PATIENCE)  # now all others wait
        for number in range(100):
            here.publish("t", number)
        go_on.set()
        assert values(take(far, 12)) == ["on its way", Gap(0), *range(90, 100)]
        assert far.get(QUIET) is None


def test_what_is_sent_twice_because_nobody_knew_whether_it_arrived_is_heard_once(
    pair: tuple[PostgresPubSub, PostgresPubSub], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    write, tries = here._state.write, iter([True])

    def unclear(work: Callable[[sa.Connection], Any]) -> Any:
        done = write(work)
        if next(tries, False):
            raise StateDown("It went away while it was saving.")
        return done

    with there.subscribe("#") as far:
        monkeypatch.setattr(here._state, "write", unclear)
        for number in range(20):
            here.publish("t", number)
        assert values(take(far, 20)) == list(range(20))
        assert far.get(QUIET) is None


def test_closing_sends_what_waits_and_ends_each(opened: Callable[[], PostgresPubSub], state: State) -> None:
    here, there = opened(), opened()
    with there.subscribe("#", buffer=1_000) as far, here.subscribe("#", buffer=1_000):
        for number in range(200):
            here.publish("t", number)
        here.close()
        here.close()
        assert values(take(far, 200)) == list(range(200))
        with pytest.raises(Refused):
            here.publish("t", 1)
        with pytest.raises(Refused):
            here.publish("t", 1, retain=True)
    there.close()
    until(lambda: not state.read(lambda connection: connection.execute(sa.text(EARS)).all()))
    until(lambda: not [one for one in threading.enumerate() if one.name.startswith("nexus-topics")], "their end")
