"""Write the tables of docs/concepts/limits.md: `make limits` measures first, `python tools/limits.py` only writes.

What was measured comes from the file that `tests/benchmarks/test_limits.py` writes, what is fixed from the code.
`--check` writes nothing and fails where the page says something else.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nexus_admin.brokers import methods  # noqa: E402  (after the line above)
from nexus_admin.brokers.pubsub import checking as pubsub  # noqa: E402
from nexus_admin.brokers.pubsub import topics  # noqa: E402
from nexus_admin.brokers.queue import checking as queue  # noqa: E402
from nexus_admin.brokers.store import checking as store  # noqa: E402
from nexus_admin.brokers.store import memory as store_memory  # noqa: E402
from nexus_admin.brokers.stream import checking as stream  # noqa: E402
from nexus_admin.web.remote import doors  # noqa: E402

PAGE = ROOT / "docs/concepts/limits.md"
FIGURES = ROOT / "tests/benchmarks/limits.json"
ENGINES = {"memory": "memory", "sqlite": "SQLite", "postgresql": "PostgreSQL"}
PART = "<!-- {name}: by `make limits`, not by hand -->\n\n{text}\n\n<!-- end of {name} -->"

Row = tuple[str, str, str]


def fixed() -> Iterator[Row]:
    """What may be asked of each broker, with where it is said otherwise."""
    yield "queue", f"payload: {_bytes(queue.MOST_PAYLOAD)}", "`queues.most_bytes`, `queues.most_bytes_of`"
    yield "queue", f"one push: {queue.MOST_PUSHED:,} jobs; one pop: {queue.MOST_POPPED:,}", ""
    yield "queue", f"lease: {_days(queue.LONGEST_LEASE)}; delay: {_days(queue.LONGEST_DELAY)}", ""
    yield "queue", f"unique key: {_bytes(queue.MOST_KEY)}; note: {_bytes(queue.MOST_NOTE)}", ""
    yield "stream", f"payload: {_bytes(stream.MOST_PAYLOAD)}", "an engine of your own"
    yield "stream", f"one append, read or batch: {stream.MOST_EVENTS:,} events", ""
    yield "stream", f"lanes of a group: {stream.MOST_LANES:,}; lease: {_days(stream.LONGEST_LEASE)}", ""
    yield "stream", f"key: {_bytes(stream.MOST_KEY)}; note: {_bytes(stream.MOST_NOTE)}", ""
    yield "publish-subscribe", f"payload: {_bytes(pubsub.MOST_PAYLOAD)}", "an engine of your own"
    yield "publish-subscribe", f"all last values: {_bytes(pubsub.MOST_RETAINED)}", "an engine of your own"
    yield "publish-subscribe", f"topic: {_bytes(topics.MOST_BYTES)}, {topics.MOST_LEVELS} levels", ""
    yield "store", f"value: {_bytes(store_memory.MOST_VALUE)}; key: {_bytes(store.MOST_KEY)}", "an engine of your own"
    yield "store, in memory", f"everything: {_bytes(store_memory.MOST_BYTES)}", "an engine of your own"
    yield "clients", f"one call: {_bytes(doors.LARGEST)}; one answer: {methods.MOST_ANSWERS:,} values", ""


def table_of_limits() -> str:
    """Return what is fixed, as a table."""
    rows = [f"| {broker} | {limit} | {where} |" for broker, limit, where in fixed()]
    return "\n".join(["| broker | at most | said otherwise by |", "| --- | --- | --- |", *rows])


def table_of_figures(told: Mapping[str, Any]) -> str:
    """Return what was measured, as a table with a note on the machine."""
    engines: Mapping[str, Mapping[str, Mapping[str, float]]] = told["engines"]
    works = dict.fromkeys(work for found in engines.values() for work in found)
    heads = " | ".join(ENGINES[one] for one in engines)
    lines = [f"| a second (and µs of CPU each) | {heads} |", "| --- |" + " ---: |" * len(engines)]
    for work in works:
        cells = " | ".join(_cell(found.get(work)) for found in engines.values())
        lines.append(f"| {work} | {cells} |")
    return "\n".join([*lines, "", _note(told["machine"])])


def _note(one: Mapping[str, Any]) -> str:
    return (
        f"Measured on {one['day']}: {one['cores']} cores ({one['processor']}, {one['system']}), "
        f"Python {one['python']}, SQLite {one['sqlite']}, PostgreSQL {one['postgresql']} on the same machine; one run "
        f"of a second each. The load of the machine was {one['load_before']} before and {one['load_after']} after: "
        f"above {one['cores']}, others were at work on it, and a quiet one does more."
    )


def page(text: str) -> str:
    """Return the page *text* with its tables as they are now."""
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    for name, table in (("limits", table_of_limits()), ("figures", table_of_figures(figures))):
        part = PART.format(name=name, text=table)
        text, count = re.subn(
            rf"<!-- {name}: .*?<!-- end of {name} -->", lambda _, part=part: part, text, flags=re.DOTALL
        )
        if count != 1:
            raise SystemExit(f"{PAGE.name} has {count} places for the table of {name}, not one.")
    return text


def _cell(found: Mapping[str, float] | None) -> str:
    return "–" if found is None else f"{found['per_second']:,.0f} ({found['cpu_us']:,.1f})"


def _bytes(count: int) -> str:
    for size, name in ((2**20, "MiB"), (2**10, "KiB")):
        if count % size == 0:
            return f"{count // size:,} {name}"
    return f"{count:,} bytes"


def _days(seconds: float) -> str:
    return "1 day" if seconds == 86_400 else f"{seconds / 86_400:,.0f} days"


def main(words: list[str]) -> int:
    """Write the page, or with `--check` say whether it is as it would be written."""
    before = PAGE.read_text(encoding="utf-8")
    after = page(before)
    if "--check" in words:
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
