"""What the guesses leave open is asked once, from the side that knows."""

from __future__ import annotations

from pathlib import Path

from nexus_admin.data.guesses.questions import questions
from tests.data.introspect.scans import scan_url

STORES = """
CREATE TABLE staff (staff_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE store (store_id INTEGER PRIMARY KEY, place TEXT, manager_staff_id INTEGER UNIQUE);
INSERT INTO staff VALUES (1, 'Mike'), (2, 'Jon');
INSERT INTO store VALUES (1, 'Lethbridge', 1), (2, 'Woodridge', 2);
"""


def test_a_relation_of_one_row_to_one_is_asked_about_once(tmp_path: Path) -> None:
    schema = scan_url(f"sqlite:///{tmp_path / 'stores.db'}", STORES)
    assert not schema.resource("staff").relation("store").many, "both sides have one row"
    asked = [one.ask for one in questions(schema, {}) if one.about == "relation"]
    assert asked == ["Does store.manager_staff_id lead to staff?"]
