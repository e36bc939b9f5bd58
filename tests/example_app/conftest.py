"""All that the example does is done on this machine: no test of it may reach further."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import loopback


@pytest.fixture(scope="module")
def reached() -> Iterator[list[str]]:
    """What wanted to leave this machine since the first test of the file."""
    with loopback.only() as found:
        yield found


@pytest.fixture(autouse=True, scope="module")
def _stays_here(reached: list[str]) -> Iterator[None]:
    yield
    assert reached == []
