"""Passwords of tests are hashed at the lowest cost.

Nearly every test signs somebody in, and at the product's cost one hash is a fifth of a second of
a core. `tests/access/test_sign_in.py` proves what the product's own hashes cost.
"""

from collections.abc import Iterator
from functools import partial

import pytest
from argon2 import PasswordHasher

from nexus_admin.access import passwords

CHEAP = {"time_cost": 1, "memory_cost": 64, "parallelism": 1}


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Hash cheaply wherever a test does not give a hasher of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "PasswordHasher", partial(PasswordHasher, **CHEAP))
        yield
