"""The house's envelope and its events as they stand in files: whoever keeps them relies on each of these names.

After a change that is meant: `NEXUS_GOLDEN=write pytest tests/actions/test_event_types.py`, and look at the difference.
A type that says something else needs a new version, and an `upcast` from the one before.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from nexus_admin.actions.house.events import EVENTS
from nexus_admin.domain.action import Event
from nexus_admin.domain.event import EventModel, UnreadableEvent
from nexus_admin.domain.target import Target
from nexus_admin.sdk import Envelope, envelope, envelopes

GOLDEN = Path(__file__).parent / "golden"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
IN_WORDS = {"str": "shop", "int": 3, "list[str]": ["total", "note"]}


def golden(name: str, found: Any) -> Any:
    file = GOLDEN / name
    if os.environ.get("NEXUS_GOLDEN") == "write":
        file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return json.loads(file.read_text())


def one_of(model: type[EventModel]) -> Event:
    data = {name: IN_WORDS[_spelled(field.annotation)] for name, field in model.model_fields.items()}
    return Event(
        model.event_name, Target("shop", "orders", "7"), data, "user:1", "Ada", "01JNRZ8YQ0000000000000000A", AT,
        model.event_version, "01JNRZ8YQ0000000000000000B", "01JNRZ8YQ0000000000000000B", "",
    )  # fmt: skip


def _spelled(annotation: Any) -> str:
    return annotation.__name__ if annotation in (str, int) else str(annotation)


def test_the_schemas_of_the_house_are_those_in_the_file() -> None:
    found = {
        "envelope": Envelope.model_json_schema(),
        "events": {
            one.event_name: {"version": one.event_version, "schema": one.model_json_schema()}
            for one in sorted(EVENTS, key=lambda one: one.event_name)
        },
    }
    assert found == golden("event_types.json", found)


@pytest.mark.req("S004-EVT-22")
def test_each_event_of_the_house_is_the_json_in_the_file_and_back() -> None:
    """`type` says how the rest is read: each comes back as an object of its own class."""
    every = sorted(EVENTS, key=lambda one: one.event_name)
    adapter = envelopes(every)
    found = [envelope(one_of(model)).model_dump(mode="json") for model in every]
    assert found == golden("events.json", found)
    for model, said in zip(every, found, strict=True):
        back = adapter.validate_json(json.dumps(said))
        assert (type(back.event), back.type, back.version) == (model, model.event_name, model.event_version)
        assert json.loads(adapter.dump_json(back)) == said
    with pytest.raises(ValidationError, match=r"row\.created"):
        adapter.validate_python({**found[0], "type": "row.exploded"})
    with pytest.raises(ValidationError, match="version"):
        adapter.validate_python({**found[0], "version": 99})


def test_an_older_version_that_nobody_upcasts_is_named() -> None:
    class Paid(EventModel, name="orders.paid", version=2):
        cents: int

    with pytest.raises(UnreadableEvent, match=r"orders\.paid is read from version 2 on, and this one is of version 1"):
        Paid.read(Event("orders.paid", Target("shop"), {"cents": 1}))
    with pytest.raises(UnreadableEvent, match=r"orders\.paid of version 2 does not say what its type says: cents"):
        Paid.read(Event("orders.paid", Target("shop"), {}, version=2))
    assert issubclass(Paid, BaseModel)
