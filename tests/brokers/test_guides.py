"""What the guides to the brokers show happens just so."""

import doctest
import re
from pathlib import Path

import pytest

from nexus_admin.brokers.pubsub.topics import matches

GUIDES = Path(__file__).parents[2] / "docs/guides"


@pytest.mark.parametrize("name", ["store", "pubsub", "queue", "stream", "events"])
def test_every_example_of_the_guide_answers_as_it_says(name: str) -> None:
    shown = "\n".join(
        re.findall(r"^```pycon\n(.*?)^```", (GUIDES / f"{name}.md").read_text(encoding="utf-8"), re.M | re.S)
    )
    examples = doctest.DocTestParser().get_doctest(shown, {}, name, f"{name}.md", 0)
    assert len(examples.examples) > 8
    said: list[str] = []
    results = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)
    assert results.failed == 0, "".join(said)


def test_every_row_of_the_table_of_patterns_is_true() -> None:
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", (GUIDES / "pubsub.md").read_text(encoding="utf-8"), re.M)
    assert len(rows) == 6
    for pattern, hears, does_not in rows:
        for topic in re.findall("`(.+?)`", hears):
            assert topic == "$" or matches(pattern, topic), (pattern, topic)
        for topic in re.findall("`(.+?)`", does_not):
            assert not matches(pattern, topic), (pattern, topic)
