"""What a live chart asks for, and which topics it can be of."""

import pytest
from pydantic import ValidationError

from nexus_admin.sdk import stream_followed, topic_followed
from widgets.live_chart.draw import draw
from widgets.live_chart.options import LiveChartOptions


@pytest.mark.parametrize("topic", ["", "app/+/price", "app/#", "app//price"])
def test_it_is_of_one_whole_topic(topic: str) -> None:
    with pytest.raises(ValidationError):
        LiveChartOptions(topic=topic)


def test_a_line_without_a_name_is_called_as_its_number() -> None:
    drawn = draw(LiveChartOptions.model_validate({"topic": "$sys/topics", "lines": [{"number": "a.in_all"}, {}]}), ())
    assert drawn.context["names"] == ["In all", "Value"]
    assert drawn.context["follows"] == topic_followed("$sys/topics")
    assert drawn.summary == "In all, Value of the topic $sys/topics, as it comes."


@pytest.mark.parametrize("given", [{}, {"topic": "app/prices", "stream": "app.prices"}])
def test_it_is_of_a_topic_or_of_a_stream(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="a topic or of a stream"):
        LiveChartOptions.model_validate(given)


def test_of_a_stream_it_follows_what_is_appended() -> None:
    drawn = draw(LiveChartOptions(stream="app.prices"), ())
    assert drawn.context["follows"] == stream_followed("app.prices")
    assert drawn.summary == "Value of the stream app.prices, as it comes."
