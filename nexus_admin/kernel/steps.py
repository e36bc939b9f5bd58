"""Start-up in named steps, each timed, so that a slow start says where."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field

from nexus_admin.domain.dataclass import dataclass


@dataclass
class Steps:
    """The steps of one start, in order, with their milliseconds."""

    took: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside under *name*."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.took.append((name, (time.perf_counter() - began) * 1000))

    @property
    def total_ms(self) -> float:
        """All of them together, in milliseconds."""
        return sum(took for _, took in self.took)
