"""Sources that an extension's driver opens: the plugin of the guide, run as it stands there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.errors import BadRequest
from tests.kernel.world import kernel_of, plugin
from tests.web.world import csrf, served, signed_in

GUIDE = Path(__file__).parents[2] / "docs/guides/plugins.md"
CODE = next(one for one in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL) if "SourceDriver" in one)
OTHER = """
from nexus_admin.sdk import SourceDriver, hookimpl

@hookimpl
def nexus_source_drivers():
    return [SourceDriver("{name}.driver", ("{scheme}",), lambda url: {makes})]
"""


@pytest.fixture
def sheets(tmp_path: Path) -> Path:
    """A folder of two files."""
    folder = tmp_path / "sheets"
    folder.mkdir()
    (folder / "people.csv").write_text("name,city\nAda,London\nGrace,New York\nLinus,Helsinki\n")
    (folder / "empty.csv").write_text("name\n")
    return folder


@pytest.fixture
def nexus(tmp_path: Path, sheets: Path) -> Iterator[Nexus]:
    plugin(tmp_path, "sheets", CODE)
    with served(tmp_path, project=tmp_path, urls=(("sheets", f"csv:///{sheets}"),)) as one:
        yield one


def list_of(client: TestClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.text


def test_its_rows_are_listed_filtered_and_sorted_like_any_others(nexus: Nexus) -> None:
    client = signed_in(nexus)
    page = list_of(client, "/s/sheets/people")
    assert all(name in page for name in ("Ada", "Grace", "Linus"))
    found = list_of(client, "/s/sheets/people?filter=city:London")
    assert "Ada" in found
    assert "Grace" not in found
    down = list_of(client, "/s/sheets/people?sort=-name")
    assert down.index("Linus") < down.index("Grace") < down.index("Ada")
    assert list_of(client, "/s/sheets/empty")


def test_it_is_shown_read_only_and_says_who_opens_it(nexus: Nexus) -> None:
    client = signed_in(nexus)
    source = nexus.kernel.sources.get("sheets")
    assert source.read_only
    assert source.dialect == "sqlite"
    assert "sheets opens this source" in list_of(client, "/sources/sheets")
    asked = client.post("/api/v1/sheets/people", json={"name": "Eve", "city": "Oslo"})
    assert asked.status_code in (401, 403, 409)
    assert "Eve" not in list_of(client, "/s/sheets/people")


def test_nobody_connects_one_by_clicking(nexus: Nexus, sheets: Path) -> None:
    client = signed_in(nexus)
    form = {"_csrf": csrf(list_of(client, "/sources")), "name": "more", "url": f"csv:///{sheets}"}
    assert "no database driver called" in client.post("/sources/new", data=form).text
    assert "more" not in nexus.kernel.sources.names()


def test_what_raises_when_it_is_opened_is_a_source_that_does_not_answer(tmp_path: Path) -> None:
    plugin(tmp_path, "odd", OTHER.format(name="odd", scheme="odd", makes="1 / 0"))
    plugin(tmp_path, "none", OTHER.format(name="none", scheme="none", makes="None"))
    urls = (("odd", "odd://secret:word@host/x"), ("none", "none://host/x"))
    kernel = kernel_of(tmp_path, urls=urls)
    reasons = {one.name: one.reason for one in kernel.sources.statuses()}
    assert "odd could not open odd://secret:•••@host/x: ZeroDivisionError" in reasons["odd"]
    assert "none must open none://host/x as an engine for sqlite" in reasons["none"]
    kernel.stop()


def test_a_scheme_belongs_to_one(tmp_path: Path) -> None:
    for name, scheme in (("first", "odd"), ("second", "odd"), ("third", "postgresql"), ("fourth", "No Scheme")):
        plugin(tmp_path, name, OTHER.format(name=name, scheme=scheme, makes="None"))
    kernel = kernel_of(tmp_path)
    errors = {one.extension.name: str(one.error) for one in kernel.hooks.statuses.values() if one.state == "failed"}
    assert "opened by" in errors["second"]
    assert "Nexus does" in errors["third"]
    assert "no scheme" in errors["fourth"]
    assert "first" not in errors
    kernel.stop()


def test_without_its_extension_the_address_is_refused_with_what_there_is(tmp_path: Path, sheets: Path) -> None:
    with pytest.raises(BadRequest, match="no database driver called 'csv'"):
        kernel_of(tmp_path, urls=(("sheets", f"csv:///{sheets}"),))
