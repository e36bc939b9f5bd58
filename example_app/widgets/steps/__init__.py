"""Steps: where rows stand on a way whose steps are values of one field."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from nexus_admin.sdk import (
    Comparison,
    Dimension,
    Drawing,
    Measure,
    Query,
    ResourceOptions,
    Result,
    Schema,
    Widget,
    field_at,
    hookimpl,
    path_of,
)


class StepsOptions(ResourceOptions):
    """Options of the widget."""

    by: str = Field(description="The field whose values are the steps.")
    steps: tuple[str, ...] = Field(min_length=2, max_length=12, description="Its values, in the order of the way.")


@hookimpl
def nexus_widgets() -> list[Widget]:
    """Declare the one widget of this folder."""
    return [
        Widget(
            name="steps",
            title="Steps",
            options=StepsOptions,
            queries=queries,
            draw=draw,
            width=4,
            height=6,
            icon="limit",
        )
    ]


def queries(options: StepsOptions, schema: Schema) -> list[Query]:
    """Ask how many rows stand at each step."""
    path = path_of(options.by)
    field_at(schema, options.resource, path)
    among = Comparison(path, "in", options.steps)
    return [
        Query(
            options.source, options.resource, among, (Dimension(path, "step"),), (Measure("count", "rows"),), limit=50
        )
    ]


def draw(options: StepsOptions, results: Sequence[Result]) -> Drawing:
    """Return a bar for each step: its `title`, `rows`, `percent` of the fullest, and the `link` to those rows."""
    result = results[0]
    counts = {str(row[0]): int(row[1] or 0) for row in result.rows}
    links = {str(row[0]): link for row, link in zip(result.rows, result.links or (), strict=False)}
    most = max(counts.values(), default=0) or 1
    bars = [
        {
            "title": step.replace("_", " ").capitalize(),
            "rows": f"{counts.get(step, 0):,}",
            "percent": round(100 * counts.get(step, 0) / most),
            "link": links.get(step),
        }
        for step in options.steps
    ]
    said = ", ".join(f"{bar['rows']} {str(bar['title']).lower()}" for bar in bars)
    return Drawing({"bars": bars}, f"Rows by step: {said}.")
