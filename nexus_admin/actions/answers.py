"""Answers that were given a moment ago: the same question under the same rights is the same answer, whoever asks.

The key is the statement, in which the row rules stand, with every value that it is run with, and what decided about
each table that it reads. So nobody is ever given what other rights have read; and two who ask at once make the
database work once. An answer bears a tag for each of those tables, `shop/orders`: what touches one of them drops it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Literal

from nexus_admin.audit.values import from_json, to_json
from nexus_admin.brokers.pubsub import Message, PubSub
from nexus_admin.brokers.store import MemoryStore, Store
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.ids import new_ulid

Cache = Literal["none", "ttl", "swr"]
"""`none` asks anew; `ttl` takes what is young enough; `swr` also takes what is stale, and asks anew behind it."""

MOST_BYTES = 64 * 2**20
"""What all answers may take; beyond that those go first that nobody asked for."""
TOPIC = "$answers"
_UNFIT = (RecursionError, TypeError, ValueError)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Policy:
    """How an answer may be remembered.

    Args:
        cache: Whether, and how.
        max_age: Up to this age, in seconds, an answer is as good as new.
        fresh: Ask anew whatever is there, and remember the answer.
        stale: With `swr`: up to so much older it is given while it is asked anew.
    """

    cache: Cache = "none"
    max_age: float = 0
    stale: float = 0
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is remembered.

    Args:
        source: Whose answer it is.
        sql: The statement's text.
        params: The values that it is run with.
        rights: What decided about each table, in the order of *tables*.
        tables: The resources that the statement reads.
    """

    source: str
    sql: str
    params: str
    rights: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A name that no other question has, and no other rights."""
        told = repr((self.sql, self.params, self.rights, self.tables))
        return f"{segment(self.source)}:{hashlib.blake2b(told.encode('utf-8', 'surrogatepass')).hexdigest()}"

    @property
    def tags(self) -> tuple[str, ...]:
        """What drops it."""
        return tuple(tag(self.source, one) for one in self.tables) or (tag(self.source, ""),)


class Answers:
    """Remembers answers of data sources, until something touches what they read or they are too old.

    Args:
        store: Where they are; every process has its own, and hears of the others' writes where it `share`s.
        clock: Seconds that only grow; tests give their own.
    """

    def __init__(self, store: Store | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store or MemoryStore(MOST_BYTES, most_value=MOST_BYTES // 16, clock=clock)
        self._clock = clock
        self._lock = threading.Lock()
        self._making: dict[str, Future[Any]] = {}
        self._touched: dict[str, int] = {}
        self._others: PubSub | None = None
        self._hears = False
        self._name = new_ulid()

    def share(self, pubsub: PubSub) -> None:
        """Tell other processes what is touched here, and hear what they touch, from the first answer on."""
        if "shared" in pubsub.capabilities:
            self._others = pubsub

    def get(
        self, asked: Asked, policy: Policy, make: Callable[[], Any], again: Callable[[], Any] | None = None
    ) -> tuple[Any, float]:
        """Return an answer and its age in seconds.

        Args:
            asked: The question, with the rights under which it is asked.
            policy: How old the answer may be.
            make: Asks the database.
            again: Asks it later, on a connection of its own; None: a stale answer is none.

        Raises:
            Exception: whatever *make* raises; that is not remembered.
        """
        if policy.cache == "none" or policy.max_age + policy.stale <= 0:
            return make(), 0.0
        self._hear_others()
        key, seen = asked.key, self._seen(asked.tags)
        found = None if policy.fresh else self._found(key, seen)
        if found is not None:
            answer, age = found
            if age <= policy.max_age:
                return answer, age
            if policy.cache == "swr" and again is not None and age <= policy.max_age + policy.stale:
                self._behind(key, seen, policy, again)
                return answer, age
        return self._once(f"{key} {seen}", lambda: self._kept(key, seen, policy, make)), 0.0

    def invalidate(self, pattern: str) -> None:
        """Drop every answer with a tag that fits *pattern*: `shop/orders`, `shop/*`, `*`; in all processes."""
        self._drop({"pattern": pattern})
        self._tell({"pattern": pattern})

    def touched(self, source: str, resources: Collection[str]) -> None:
        """Drop what read one of *resources*, rows of which were written; of all, where nobody can say which."""
        said = {"source": source, "resources": sorted(resources)}
        self._drop(said)
        self._tell(said)

    def _drop(self, said: Mapping[str, Any]) -> None:
        pattern, source = said.get("pattern", ""), said.get("source", "")
        names = {tag(source, one) for one in said.get("resources", ())}
        with self._lock:
            for one in self._touched:
                if pattern:
                    fits = one == pattern or fnmatchcase(one, pattern)
                else:
                    fits = one in names or (not names and one.startswith(tag(source, ""))) or one == tag(source, "")
                self._touched[one] += fits

    def _tell(self, said: Mapping[str, Any]) -> None:
        if self._others is not None:
            try:
                self._others.publish(TOPIC, {**said, "by": self._name})
            except NexusError as error:
                log.warning("Other processes were not told that answers are old: %s", error)

    def _hear_others(self) -> None:
        with self._lock:
            pubsub, self._hears = None if self._hears else self._others, True
        if pubsub is not None:
            pubsub.listen(self._heard, TOPIC, missed=partial(self._drop, {"pattern": "*"}))

    def _heard(self, message: Message) -> None:
        if message.value["by"] != self._name:
            self._drop(message.value)

    def count(self, source: str) -> int:
        """Return how many answers of *source* are in memory, those that were dropped and not cleared away too."""
        return sum(1 for _ in self._store.scan(f"{segment(source)}:"))

    def forget(self, source: str) -> None:
        """Drop every answer of *source* and take it out of the memory."""
        self.touched(source, ())
        self._store.delete(*(entry.key for entry in self._store.scan(f"{segment(source)}:")))

    # ── one answer ───────────────────────────────────────────────────────────────────────────

    def _seen(self, tags: tuple[str, ...]) -> list[int]:
        """Return how often each of *tags* was touched: an answer holds as long as that is the same."""
        with self._lock:
            return [self._touched.setdefault(one, 0) for one in tags]

    def _found(self, key: str, seen: list[int]) -> tuple[Any, float] | None:
        kept = self._store.get(key)
        if kept is None or kept["seen"] != seen:
            return None
        return from_json(kept["answer"]), max(0.0, self._clock() - kept["at"])

    def _kept(self, key: str, seen: list[int], policy: Policy, make: Callable[[], Any]) -> Any:
        began = self._clock()
        answer = make()
        try:
            told = {"seen": seen, "at": began, "answer": to_json(answer)}
            self._store.set(key, told, ttl=policy.max_age + policy.stale)
        except (NexusError, *_UNFIT):  # too large, or what JSON cannot hold: it is asked each time
            self._store.delete(key)
        return answer

    def _once(self, key: str, make: Callable[[], Any]) -> Any:
        """Do *make*, or wait for whoever does it already; who comes after a write waits for none from before."""
        with self._lock:
            under_way = self._making.get(key)
            if under_way is None:
                mine = self._making[key] = Future[Any]()
        if under_way is not None:
            return under_way.result()
        try:
            answer = make()
        except BaseException as error:
            self._end(key)
            mine.set_exception(error)
            raise
        self._end(key)
        mine.set_result(answer)
        return answer

    def _behind(self, key: str, seen: list[int], policy: Policy, again: Callable[[], Any]) -> None:
        """Ask anew in a thread, unless somebody does."""
        with self._lock:
            if f"{key} {seen}" in self._making:
                return

        def work() -> None:
            try:
                self._once(f"{key} {seen}", lambda: self._kept(key, seen, policy, again))
            except Exception as error:
                log.info("A stale answer could not be asked anew: %s", type(error).__name__)

        threading.Thread(target=work, name="stale-answer", daemon=True).start()

    def _end(self, key: str) -> None:
        with self._lock:
            self._making.pop(key, None)


def tag(source: str, resource: str) -> str:
    """Return the tag of answers that read *resource* of *source*; parts are spelled as in addresses."""
    return f"{segment(source)}/{segment(resource) if resource else ''}"
