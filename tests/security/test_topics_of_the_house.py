"""Topics by which the house tells pages and its processes: nobody says there who changed a row, or who is on a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexus_admin.domain.errors import Refused
from tests.web.brokers_world import brokers


def test_nobody_publishes_in_the_name_of_a_process(tmp_path: Path) -> None:
    with brokers(tmp_path) as world, world.pubsub.subscribe("$here", "$answers", "$app/x") as heard:
        for topic in ("$here", "$answers", "rows/shop/orders/1"):
            with pytest.raises(Refused, match="is the house's own"):
                world.perform("topic.publish", by="doer", topic=topic, payload='{"by": "x", "at": {}, "ask": false}')
            with pytest.raises(Refused, match="is the house's own"):
                world.perform("topic.clear", by="doer", topic=topic)
        world.perform("topic.publish", by="doer", topic="$app/x", payload="1")
        assert [getattr(one, "topic", "") for one in heard.until_quiet(0)] == ["$app/x"]
