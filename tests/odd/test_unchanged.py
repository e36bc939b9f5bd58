"""A form that is posted as it was drawn leaves row and ledger as they were, for every odd table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin import Nexus
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import segment
from nexus_admin.kernel.options import Options
from tests.odd.making import stored
from tests.odd.names import NAMES
from tests.odd.shapes import make_shapes
from tests.web.test_form_page import Form
from tests.web.world import PASSWORD, signed_in


@pytest.fixture
def served(odd: str, tmp_path: Path) -> Iterator[Nexus]:
    make_shapes(odd, tuple(one for one in NAMES[::5] if one.isprintable() and max(one) < "\U00010000"))
    app = Nexus(options=Options(urls=(("odd", odd),), state=str(tmp_path / "nexus.db"), allow_writes=True, environ={}))
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
    yield app
    app.kernel.stop()


def test_a_form_posted_as_it_was_drawn_changes_nothing(served: Nexus, odd: str) -> None:
    browser, saved = signed_in(served), 0
    for name, resource in served.kernel.sources.get("odd").schema.resources.items():
        if not resource.writable or not resource.key or name == "t_shape":
            continue
        columns = tuple(field.name for field in resource.fields)
        before = stored(odd, resource.table, columns) if resource.schema is None else None
        for key in browser.get(f"/api/v1/odd/{segment(name)}?limit=30").json()["keys"]:
            path = f"/s/odd/{segment(name)}/{key}"
            page = browser.get(f"{path}/edit")
            assert page.status_code == 200, path
            answer = browser.post(f"{path}/edit", data=Form(page.text).sent)
            assert answer.status_code == 200
            assert "Nothing was changed." in answer.text, path
            saved += 1
        if before is not None:
            assert stored(odd, resource.table, columns) == before, name
    assert saved > 60
    found = served.kernel.ledger.find(AuditQuery(actions=("row.update",), limit=10))
    assert not found.entries, [repr(one)[:700] for one in found.entries]
