"""The contract of data sources: one suite that runs unchanged on every engine.

    class TestOurs(SourceContract):
        @pytest.fixture
        def world(self) -> DataSource:
            return make_world("postgresql://…")

The suite holds reading, writing, rights, conflicts and undo against what `contract_world.py` put there.
"""

from __future__ import annotations

from nexus_admin.testing.contract_world import Step, User, fill_world, make_world
from nexus_admin.testing.filter_contract import FilterContract
from nexus_admin.testing.reading_contract import ReadingContract
from nexus_admin.testing.writing_contract import WritingContract

__all__ = [
    "FilterContract",
    "ReadingContract",
    "SourceContract",
    "Step",
    "User",
    "WritingContract",
    "fill_world",
    "make_world",
]


class SourceContract(ReadingContract, WritingContract, FilterContract):
    """Everything that a source must do. Subclasses give the fixture `world`, filled anew for each test."""
