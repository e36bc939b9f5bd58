"""From the options to what the browser fills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus_admin.sdk import Drawing, stream_followed, topic_followed

from .options import LiveChartOptions


def draw(options: LiveChartOptions, _results: Sequence[Any]) -> Drawing:
    """Return the empty chart: its numbers come when the page follows the topic, or the stream."""
    names = [one.title for one in options.lines]
    spec = {
        "seconds": options.seconds, "unit": options.unit, "zero": options.from_zero,
        "lines": [{"number": one.number, "name": one.title} for one in options.lines],
    }  # fmt: skip
    follows = topic_followed(options.topic) if options.topic else stream_followed(options.stream)
    of = f"topic {options.topic}" if options.topic else f"stream {options.stream}"
    return Drawing({"follows": follows, "names": names, "spec": spec}, f"{', '.join(names)} of the {of}, as it comes.")
