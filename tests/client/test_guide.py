"""What the guide to clients shows happens just so."""

import doctest
import re
from pathlib import Path

from nexus_admin.brokers.methods import RIGHTS
from nexus_admin.client import Client

GUIDE = Path(__file__).parents[2] / "docs/guides/clients.md"


def test_every_example_of_the_guide_answers_as_it_says(client: Client) -> None:
    shown = "\n".join(re.findall(r"^```pycon\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.M | re.S))
    examples = doctest.DocTestParser().get_doctest(shown, {"nexus": client}, "clients", "clients.md", 0)
    assert len(examples.examples) > 10
    said: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(examples, out=said.append).failed == 0, "".join(said)


def test_the_guide_names_every_right() -> None:
    assert set(re.findall(r"`(client\.[a-z.]+)`", GUIDE.read_text(encoding="utf-8"))) == {*RIGHTS, "client.connect"}
