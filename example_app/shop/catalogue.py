"""What the shop sells: categories, products and tags, made from `catalogue.toml` beside this file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as endless
from itertools import product as combine
from pathlib import Path
from random import Random
from typing import Any

from example_app.shop.chance import Wheel, pick, stream
from example_app.shop.seasons import BEFORE, DAY, Calendar

Row = tuple[object, ...]

TOLD: dict[str, Any] = tomllib.loads((Path(__file__).parent / "catalogue.toml").read_text("utf-8"))
RATINGS = Wheel([(4.1, 2), (4.4, 4), (4.6, 4), (4.8, 3), (3.7, 1), (3.2, 0.4), (5.0, 0.6), (None, 1)])


@dataclass(frozen=True)
class Kind:
    """A kind of thing, which is a category without categories in it."""

    category: int
    noun: str
    sizes: tuple[str, ...]
    prices: tuple[int, int]
    grams: int
    weight: float


@dataclass(frozen=True)
class Goods:
    """What placing orders needs to know of the products.

    Attributes:
        cents: The price of each product, in the order of their ids.
        wanted: Draws the place of a product in `cents`.
    """

    rows: list[Row]
    cents: list[int]
    wanted: Wheel[int]


def categories() -> tuple[list[Row], list[Kind]]:
    """Return the rows of the categories, each before those within it, and the kinds."""
    rows: list[Row] = []
    kinds = []
    for position, top in enumerate(TOLD["categories"], start=1):
        parent = len(rows) + 1
        text = f"Everything about {top['name'].lower()}, in {len(top['kinds'])} kinds."
        rows.append((parent, None, top["name"], _slug(top["name"]), top["color"], position, text))
        for place, kind in enumerate(top["kinds"], start=1):
            number = len(rows) + 1
            rows.append((number, parent, kind["name"], _slug(kind["name"]), top["color"], place, None))
            smallest, largest = kind["prices"]
            sizes = tuple(kind["sizes"])
            kinds.append(Kind(number, kind["noun"], sizes, (smallest, largest), kind["grams"], kind["weight"]))
    return rows, kinds


def products(count: int, seed: int, calendar: Calendar, kinds: list[Kind]) -> Goods:
    """Make *count* products, no two with the same name or SKU."""
    random = stream(seed, "products")
    rows, cents, weights = [], [], []
    for number, (kind, line, size, color, mark) in zip(range(1, count + 1), _combinations(kinds, random), strict=False):
        (line_name, line_code), (color_name, color_code, color_hex) = line, color
        low, high = kind.prices
        share = kind.sizes.index(size) / max(len(kind.sizes) - 1, 1)
        euros = round((low + (high - low) * share) * random.uniform(0.88, 1.14))
        price = euros * 100 - pick((0, 0, 5, 10, 50, 1), random)
        name = f"{line_name} {_described(kind.noun, size)}, {color_name}{mark}"
        sku = "-".join([line_code, _code(kind, size), color_code]) + mark.replace(" mk ", "-")
        cost = round(price * random.uniform(0.42, 0.61))
        grams = max(20, round(kind.grams * (0.8 + 0.5 * share) * random.uniform(0.9, 1.1)))
        rows.append(
            (
                *(number, sku, name, kind.category, pick(TOLD["brands"], random), price / 100, cost / 100),
                *(_stock(random), grams, color_hex, _barcode(number, random)),
                *(f"https://images.example.com/products/{sku.lower()}.jpg", _description(random)),
                *(_attributes(size, random), RATINGS.spin(random), int(random.getrandbits(5) > 0)),
                *_dates(calendar, random),
            )
        )
        cents.append(price)
        weights.append(kind.weight / len(kind.sizes) * random.paretovariate(2.2))
    bits = max(16, (16 * count).bit_length())
    return Goods(rows, cents, Wheel(enumerate(weights), bits=bits))


def tags() -> Iterator[Row]:
    """Return the rows of the tags."""
    for number, (name, color) in enumerate(TOLD["tags"], start=1):
        yield (number, name, color)


def product_tags(count: int, seed: int) -> Iterator[Row]:
    """Put up to three tags on each of *count* products."""
    random = stream(seed, "tags")
    size = len(TOLD["tags"])
    for number in range(1, count + 1):
        chosen = {1 + random.getrandbits(16) % size for _ in range(random.getrandbits(2))}
        for tag in sorted(chosen):
            yield (number, tag)


def _combinations(kinds: list[Kind], random: Random) -> Iterator[tuple[Kind, Any, str, Any, str]]:
    """Give every kind in every line, size and colour, mixed; when they are used up, again as mk 2, mk 3."""
    every = [(kind, *rest) for kind in kinds for rest in combine(TOLD["lines"], kind.sizes, TOLD["colors"])]
    for mark in endless(1):
        random.shuffle(every)
        for kind, line, size, color in every:
            yield kind, line, size, color, "" if mark == 1 else f" mk {mark}"


def _described(noun: str, size: str) -> str:
    """Put the size where a person would: `38 L pack`, `bottle 0.75 L`, `merino crew M`."""
    return f"{size} {noun}" if noun in {"pack", "daypack", "duffel"} else f"{noun} {size}"


def _code(kind: Kind, size: str) -> str:
    """Return the SKU's middle: the category's number, so that kinds stay apart, and the size."""
    plain = "".join(sign for sign in size.upper() if sign.isalnum() and sign.isascii())
    return f"{kind.category:02d}{'M' if size.startswith('-') else ''}{plain[:5]}"


def _stock(random: Random) -> int:
    return 0 if random.getrandbits(4) == 0 else int(random.expovariate(1 / 90))


def _barcode(number: int, random: Random) -> str:
    """Return an EAN-13 with its check digit."""
    twelve = f"40{random.getrandbits(16) % 1000:03d}{number:07d}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return f"{twelve}{-weighed % 10}"


def _description(random: Random) -> str:
    points = "\n".join(f"- {pick(TOLD['points'], random)}" for _ in range(2 + random.getrandbits(1)))
    return f"{pick(TOLD['sentences'], random)}\n\n{points}"


def _attributes(size: str, random: Random) -> str:
    told = {"size": size, "material": pick(TOLD["materials"], random), "waterproof": random.getrandbits(1) == 1}
    if random.getrandbits(2) == 0:
        told["origin"] = pick(("PT", "DE", "VN", "IT", "TR"), random)
    return json.dumps(told, ensure_ascii=False)


def _dates(calendar: Calendar, random: Random) -> Row:
    """Return launched_on, created_at and updated_at; everything was on sale before the first order."""
    day = random.getrandbits(16) % BEFORE
    created = max(day - 14, 0) * DAY + 8 * 3_600 + random.getrandbits(15)
    updated = calendar.end - int((calendar.end - BEFORE * DAY) * random.random() ** 3)
    return (calendar.days[day].strip(), calendar.text(created), calendar.text(updated))


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
