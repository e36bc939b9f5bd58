"""The odd database of each engine, made once for the files here."""

import pytest

from tests.odd.making import make_odd


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mysql"])
def odd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the URL of a database full of odd things."""
    names = {"postgresql": "module_postgres_url", "mysql": "module_mariadb_url"}
    if request.param in names:
        url = str(request.getfixturevalue(names[request.param]))
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('odd') / 'odd.db'}"
    make_odd(url)
    return url
