"""An outdoor-goods shop, made up from a seed: the database of the demo, the benchmarks and the end-to-end tests."""

from __future__ import annotations

from example_app.shop.write import UNTIL, generate

__all__ = ["UNTIL", "generate"]
