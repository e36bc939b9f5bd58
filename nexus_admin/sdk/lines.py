"""Lines as SVG paths: small ones on cards, and what a chart shows where there are no scripts."""

from __future__ import annotations

from collections.abc import Sequence


def line_paths(
    values: Sequence[float | None], width: float, height: float, low: float | None = None, high: float | None = None
) -> dict[str, str] | None:
    """Return `line`, `area` below it, and `x`, `y` of its last point; None where there are fewer than two points.

    Args:
        values: Left to right; None leaves a hole, and the line goes on after it.
        width: Of the picture.
        height: Of the picture; the line keeps 3 away from its edges.
        low: The value at the bottom; None for the least.
        high: The value at the top; None for the greatest.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low = min(known) if low is None else low
    high = max(known) if high is None else high
    across = (width - 4) / (len(values) - 1)
    spots = [
        None if value is None else (1 + across * at, 3 + (height - 6) * (1 - (value - low) / ((high - low) or 1)))
        for at, value in enumerate(values)
    ]
    parts: list[str] = []
    for before, spot in zip([None, *spots], spots, strict=False):
        if spot is not None:
            parts.append(f"{'M' if before is None else 'L'}{spot[0]:.1f} {spot[1]:.1f}")
    drawn = [spot for spot in spots if spot is not None]
    edge = "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn)
    (first, _), (last, end) = drawn[0], drawn[-1]
    area = f"M{edge}L{last:.1f} {height:g}L{first:.1f} {height:g}Z"
    return {"line": "".join(parts), "area": area, "x": f"{last:.1f}", "y": f"{end:.1f}"}
