"""Databases that were never read before are waited for as long as it takes, when a test starts the product.

A server waits two seconds for them and answers pages then, while it goes on reading. On a busy machine a test would
meet a source that is not there yet. Tests of that very behaviour say for themselves how long the start waits.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from nexus_admin.kernel.options import Options
from tests.waiting import PATIENCE


@pytest.fixture(scope="session", autouse=True)
def patient_starts() -> Iterator[None]:
    """Let each start of this process be patient that is not told otherwise."""
    begin = Options.__init__

    def beginning(options: Options, *given: Any, **named: Any) -> None:
        begin(options, *given, **{"patience": PATIENCE, **named})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Options, "__init__", beginning)
        yield
