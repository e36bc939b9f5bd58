"""`python -m example_app.shop`: make the shop's database."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date

from example_app.shop.write import UNTIL, generate


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, make the shop and say how long it took."""
    parser = argparse.ArgumentParser(prog="python -m example_app.shop", description="Make the example shop's database.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", metavar="PATH", help="a SQLite file that does not exist yet")
    where.add_argument("--url", metavar="URL", help="postgresql://… of a database without these tables")
    parser.add_argument("--orders", type=int, default=100_000, help="how many orders (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same rows (default: %(default)s)")
    parser.add_argument("--until", type=date.fromisoformat, default=UNTIL, help="the last day (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    began = time.perf_counter()
    try:
        generate(chosen.out or chosen.url, orders=chosen.orders, seed=chosen.seed, until=chosen.until, progress=_show)
    except _expected(chosen.url) as error:
        parser.exit(2, f"{error}\n")
    sys.stderr.write(f"\r{chosen.orders:,} orders in {time.perf_counter() - began:.1f} s\n")
    return 0


def _expected(url: str | None) -> tuple[type[Exception], ...]:
    """Return the errors that a wrong argument leads to; without a URL no driver need be installed."""
    if url is None:
        return (ValueError, OSError)
    import psycopg

    return (ValueError, psycopg.Error)


def _show(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done:,} of {total:,} orders")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
