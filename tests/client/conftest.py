"""A Nexus on a real socket, a token that may do everything with the brokers, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from e2e.server import Served, serve
from nexus_admin.client import Client

OPENED = ("client.*",)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clients")
    with serve(folder, project=folder) as running:
        yield running


def token_for(served: Served, *scopes: str) -> str:
    """Return a new token of a new owner, narrowed to *scopes*."""
    account = served.account("clara")
    secret, _ = served.nexus.kernel.access.tokens.create(account.id, "client", scopes=scopes)
    return secret


@pytest.fixture(scope="session")
def token(served: Served) -> str:
    return token_for(served, *OPENED)


@pytest.fixture
def client(served: Served, token: str) -> Iterator[Client]:
    with Client(served.url, token) as one:
        yield one


@pytest.fixture
def use(served: Served) -> Iterator[Callable[[type[Any], Any], Any]]:
    """Put an engine in the place of the one that runs there, for one test: a contract wants an empty one each time."""
    services = served.nexus.kernel.services
    before = [(services._providers, dict(services._providers)), (services._made, dict(services._made))]

    def put(key: type[Any], engine: Any) -> Any:
        services._providers[key] = lambda _: engine
        services._made[key] = engine
        return engine

    yield put
    for kept, was in before:
        kept.clear()
        kept.update(was)
