"""Answers that were given a moment ago: the same statement with the same values is the same answer, whoever asks.

The key is the statement itself, in which the row rules stand, with every value that it is run with. So nobody is ever
given what other rights have read; and two who ask at once make the database work once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

MOST = 1000
"""Answers that are kept at most."""


@dataclass(frozen=True, slots=True)
class _Kept:
    held: Any
    answer: Any
    at: float


class Answers:
    """Remembers answers of data sources until a write through us, or until they are older than the asker allows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Hashable], _Kept] = {}
        self._making: dict[tuple[str, Hashable], Future[Any]] = {}
        self._written: dict[str, int] = {}

    def get(self, source: str, key: Hashable, held: Any, max_age: float, make: Callable[[], Any]) -> tuple[Any, float]:
        """Return an answer and its age in seconds.

        Args:
            source: Whose answer it is.
            key: What tells one question from all others.
            held: What must live as long as the answer, because *key* has its id.
            max_age: In seconds; 0 asks anew.
            make: Asks.

        Raises:
            Exception: whatever *make* raises; that is not remembered.
        """
        if max_age <= 0:
            return make(), 0.0
        place = (source, key)
        with self._lock:
            kept = self._kept.get(place)
            if kept is not None and (age := time.monotonic() - kept.at) <= max_age:
                return kept.answer, age
            under_way = self._making.get(place)
            if under_way is None:
                mine = self._making[place] = Future()
                began = self._written.get(source, 0)
        if under_way is not None:
            return under_way.result(), 0.0
        try:
            answer = make()
        except BaseException as error:
            self._end(place, mine)
            mine.set_exception(error)
            raise
        self._end(place, mine, _Kept(held, answer, time.monotonic()), began)
        mine.set_result(answer)
        return answer, 0.0

    def count(self, source: str) -> int:
        """Return how many answers of *source* are remembered."""
        with self._lock:
            return sum(place[0] == source for place in self._kept)

    def forget(self, source: str) -> None:
        """Drop every answer of *source*: something was written there."""
        with self._lock:
            self._written[source] = self._written.get(source, 0) + 1
            self._kept = {place: kept for place, kept in self._kept.items() if place[0] != source}
            # Whoever asks from now on may not be given what was begun before the write.
            self._making = {place: making for place, making in self._making.items() if place[0] != source}

    def _end(self, place: tuple[str, Hashable], mine: Future[Any], kept: _Kept | None = None, began: int = 0) -> None:
        with self._lock:
            if self._making.get(place) is mine:
                del self._making[place]
            if kept is None or self._written.get(place[0], 0) != began:
                return
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[place] = kept
