"""Customers and staff: who buys, and who works in the shop."""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from example_app.shop.chance import Wheel, digits, pick, stream
from example_app.shop.names import COUNTRIES, REGULARS, City, Country
from example_app.shop.seasons import BEFORE, DAY, Calendar

Row = tuple[object, ...]

STAFF_SIZE = 42
WAREHOUSES = ("Leipzig 1", "Hamburg 2", "Rotterdam 1", "Lyon 1")
HEADS = (
    ("Ines Duarte", "admin", None, 9_150),
    ("Leo Park", "operations", 1, 6_480),
    ("Marcus Webb", "support", 1, 5_720),
    ("Greta Lindner", "warehouse", 2, 4_990),
    ("Samir Haddad", "analyst", 1, 6_210),
    ("Nora Quist", "buyer", 1, 5_880),
)
SUPPORTS = ("support", "support", "operations", "warehouse", "warehouse", "analyst", "buyer")
FOLD = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "ð": "d", "'": "", ".": ""})
COMPANIES = ("Outdoor Club", "Alpine School", "Guides", "Rentals", "Scouts", "Trekking", "Sports", "Climbing Gym")
NOTES = (
    "Prefers **delivery in the evening**.",
    "Called about a missing strap. Sent one for free.",
    "Buys for a *climbing school*: always asks for an invoice with the VAT number.",
    "- allergic to down\n- wants vegan boots only",
    "Do not phone before 10:00.",
    "Moved in spring; the old address is still on two open orders.",
    "Has a [standing discount](https://example.com/terms) of 5 %.",
)
TIER_WHEEL = Wheel([("standard", 0.72), ("silver", 0.2), ("gold", 0.08)])


@dataclass(frozen=True)
class Buyers:
    """What placing orders needs to know of the customers.

    Attributes:
        addresses: One a customer, in the order of their ids, which is the order in which they joined.
        joined: How many had joined when each day began, from the calendar's `first` to its `last`.
    """

    rows: list[Row]
    addresses: list[str]
    joined: list[int]


def customers(count: int, seed: int, calendar: Calendar) -> Buyers:
    """Make *count* customers, at least as many as there are regulars."""
    random = stream(seed, "customers")
    moments = _joinings(count, calendar, random)
    countries = Wheel([(country, country.share) for country in COUNTRIES], bits=12)
    by_code = {country.code: country for country in COUNTRIES}
    taken: dict[str, int] = {}
    rows, addresses = [], []
    for number, moment in enumerate(moments, start=1):
        if number <= len(REGULARS):
            name, code = REGULARS[number - 1]
            country = by_code[code]
        else:
            country = countries.spin(random)
            name = f"{pick(country.given, random)} {pick(country.family, random)}"
        city = pick(country.cities, random)
        house = 1 + random.getrandbits(16) % 120
        street = country.street.format(street=pick(country.streets, random), number=house)
        postal = digits(city.postal, random)
        rows.append(
            (
                *_contact(number, name, country, taken, random),
                *(street, postal, city.name, country.code, *_place(city, random)),
                *_account(number, random),
                *_stamps(moment, calendar, random),
            )
        )
        addresses.append(f"{street}, {postal} {city.name}")
    midnights = [day * DAY for day in range(calendar.first, calendar.last + 1)]
    return Buyers(rows, addresses, [bisect_left(moments, midnight) for midnight in midnights])


def staff(seed: int, calendar: Calendar) -> Iterator[Row]:
    """Make the people who work in the shop; the first is everybody's manager."""
    random = stream(seed, "staff")
    countries = Wheel([(country, country.share) for country in COUNTRIES])
    taken: dict[str, int] = {}
    for number in range(1, STAFF_SIZE + 1):
        if number <= len(HEADS):
            name, role, manager, salary = HEADS[number - 1]
        else:
            country = countries.spin(random)
            name = f"{pick(country.given, random)} {pick(country.family, random)}"
            role = SUPPORTS[number % len(SUPPORTS)]
            manager = next(head for head, (_, kind, *_) in enumerate(HEADS, start=1) if kind == role)
            salary = 2_900 + random.getrandbits(16) % 1_900
        email = f"{_unique(slug(name), taken)}@juniper.example"
        hired = calendar.days[random.getrandbits(16) % BEFORE]
        active = number <= len(HEADS) or random.random() > 0.1
        login = calendar.text(calendar.end - random.getrandbits(22) % (9 * DAY)) if active else None
        warehouse = WAREHOUSES[number % len(WAREHOUSES)] if role == "warehouse" else None
        yield (
            *(
                number,
                name,
                email,
                role,
                manager,
                _password_hash(random),
                digits("+49 341 555 ####", random),
                warehouse,
            ),
            *(float(salary), int(active), hired.strip(), login, hired + "09:00:00"),
        )


def slug(text: str) -> str:
    """Return *text* in small ASCII letters with dots for spaces, as it stands in an e-mail address."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(FOLD))
    return "".join(sign for sign in plain if sign.isascii()).replace(" ", ".")


def _joinings(count: int, calendar: Calendar, random: Random) -> list[int]:
    """Return when each customer joined, in order: two in five before the first order, the regulars among them."""
    early = max(count * 2 // 5, len(REGULARS))
    moments = [random.getrandbits(40) % (BEFORE * DAY) for _ in range(early)]
    for day, joining in enumerate(calendar.spread(count - early, random), start=calendar.first):
        moments += calendar.moments(day, joining, random)
    return sorted(moments)


def _contact(number: int, name: str, country: Country, taken: dict[str, int], random: Random) -> Row:
    """Return id, name, company, email, phone, website and tier."""
    email = f"{_unique(slug(name), taken)}@example.com"
    company = website = None
    if number > len(REGULARS) and random.getrandbits(6) < 5:
        company = f"{name.rsplit(' ', 1)[-1]} {pick(COMPANIES, random)}"
        website = f"https://{slug(company).replace('.', '-')}.example"
    phone = digits(country.phone, random) if random.getrandbits(4) else None
    return (number, name, company, email, phone, website, TIER_WHEEL.spin(random))


def _place(city: City, random: Random) -> Row:
    """Return latitude and longitude, some kilometres around the city's."""
    north, east = random.random() - 0.5, random.random() - 0.5
    return (round(city.latitude + north * 0.12, 5), round(city.longitude + east * 0.18, 5))


def _account(number: int, random: Random) -> Row:
    """Return born_on, loyalty_points, credit_limit, newsletter, account_manager_id and note."""
    bits = random.getrandbits
    born = f"{1946 + bits(16) % 60}-{1 + bits(16) % 12:02d}-{1 + bits(16) % 28:02d}" if bits(2) else None
    credit = float(500 * (1 + bits(3))) if bits(4) == 0 else None
    manager = 1 + bits(16) % STAFF_SIZE if bits(3) == 0 else None
    note = pick(NOTES, random) if bits(4) == 0 else None
    return (born, bits(16) % 2_500 if number % 3 else 0, credit, int(bits(2) == 0), manager, note)


def _stamps(moment: int, calendar: Calendar, random: Random) -> Row:
    """Return created_at and updated_at."""
    since = (calendar.end - moment) * random.random() ** 2
    return (calendar.text(moment), calendar.text(moment + int(since)))


def _unique(name: str, taken: dict[str, int]) -> str:
    """Return the name, with a number behind it from the second time on."""
    times = taken[name] = taken.get(name, 0) + 1
    return name if times == 1 else f"{name}{times}"


def _password_hash(random: Random) -> str:
    """Return what looks like a stored password; no password fits it."""
    salt, digest = (b64encode(random.randbytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m=65536,t=3,p=4${salt}${digest}"
