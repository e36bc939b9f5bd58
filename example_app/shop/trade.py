"""Orders, their items and their payments, day by day, oldest first.

All money is whole cents until a row is written: an order's total is the sum of its items, plus shipping, minus
discount, with nothing rounded twice. The loop here runs once an order and is written for speed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from example_app.shop.catalogue import Goods
from example_app.shop.chance import Wheel, stream
from example_app.shop.people import STAFF_SIZE, WAREHOUSES, Buyers
from example_app.shop.seasons import DAY, Calendar, clock

Row = tuple[object, ...]

HOUR = 3_600
NEWEST_NUMBER = 1_048_213  # the last order's number, so that a demo of any size looks like a shop some years old
CURRENCY = "EUR"
LINES = (1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 7, 8)  # 60 lines in 20 orders
QUANTITIES = Wheel([(1, 84), (2, 11), (3, 3), (4, 1.5), (6, 0.5)])
CHANNELS = Wheel([("web", 58), ("marketplace", 24), ("store", 14), ("phone", 4)])
METHODS = Wheel([("card", 46), ("paypal", 24), ("klarna", 14), ("bank_transfer", 8), ("apple_pay", 8)])
SHIPPING = Wheel([(("standard", 690), 78), (("express", 1490), 14), (("pickup", 0), 8)])
IN_STORE = ("pickup", 0)
ASSIGNED = Wheel([(None, 40), *((number, 1.2) for number in range(2, STAFF_SIZE + 1))])
PLACES = Wheel(zip(WAREHOUSES, (5, 3, 2, 2), strict=True))
COUPONS = {1: ("TRAIL5", 5), 4: ("SPRING10", 10), 5: ("SPRING10", 10), 7: ("SUMMER15", 15), 8: ("SUMMER15", 15),
           9: ("TRAIL5", 5), 10: ("AUTUMN10", 10), 11: ("AUTUMN10", 10), 12: ("GIFT20", 20)}  # fmt: skip
NO_COUPON = ("WELCOME5", 5)
NOTES = Wheel(
    [
        (None, 92),
        ("Leave with the neighbour at no. 12 if nobody answers.", 2),
        ("Please pack **without plastic**.", 1.5),
        ("It is a present: *no invoice in the parcel*, please.", 1.5),
        ("Ring twice.\n\n1. front door\n2. back door", 1),
        ("Deliver after 17:00, or to the [pick-up point](https://example.com/points/14).", 1),
        ("The last one came without laces. Can you check before you send it?", 1),
    ]
)
METADATA = Wheel(
    [
        ("{}", 34),
        ('{"utm": "newsletter"}', 14),
        ('{"utm": "newsletter", "gift_wrap": true}', 4),
        ('{"utm": "search", "device": "phone"}', 16),
        ('{"utm": "search", "device": "desktop"}', 12),
        ('{"device": "tablet", "gift_wrap": true}', 3),
        ('{"utm": "instagram", "device": "phone", "campaign": {"name": "trail days", "step": 2}}', 7),
        ('{"fraud": {"score": 71, "reasons": ["new address", "express"]}}', 1),
        ('{"tags": ["gift", "fragile"], "gift_wrap": true}', 2),
        ('{"locale": "de", "device": "desktop"}', 7),
    ]
)

# What has become of an order of an age: shares of each status, up to so many hours.
AGES = (
    (2, Wheel([("pending", 38), ("paid", 58), ("on_hold", 4)])),
    (24, Wheel([("pending", 9), ("paid", 43), ("packed", 38), ("on_hold", 6), ("cancelled", 4)])),
    (72, Wheel([("paid", 9), ("packed", 31), ("shipped", 46), ("on_hold", 5), ("delivered", 5), ("cancelled", 4)])),
    (168, Wheel([("packed", 4), ("shipped", 41), ("on_hold", 3), ("delivered", 47), ("cancelled", 5)])),
    (504, Wheel([("shipped", 3), ("delivered", 88), ("returned", 3), ("cancelled", 6)])),
)
SETTLED = Wheel([("delivered", 90.5), ("returned", 4.2), ("cancelled", 5.3)])
SHIPPED = frozenset({"shipped", "delivered", "returned"})
# How long after it was placed an order usually last changed, in seconds.
LAGS = {"pending": 60, "paid": 1_200, "packed": 22 * HOUR, "shipped": 44 * HOUR, "on_hold": 9 * HOUR,
        "delivered": 100 * HOUR, "cancelled": 20 * HOUR, "returned": 19 * DAY}  # fmt: skip
PAID_AS = {"pending": "pending", "on_hold": "authorized", "cancelled": "voided", "returned": "refunded"}


@dataclass
class Batch:
    """Some orders in a row, with all that belongs to them."""

    orders: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)


class Trade:
    """The orders of the shop. `batches` may be walked once."""

    def __init__(self, orders: int, seed: int, calendar: Calendar, buyers: Buyers, goods: Goods) -> None:
        """Get ready to place *orders* orders."""
        self.count = orders
        self._random = stream(seed, "trade")
        self._bits = self._random.getrandbits
        self._calendar = calendar
        self._buyers = buyers
        self._goods = goods
        self._lines = list(LINES)
        self._order = self._item = self._payment = 0
        self._base = max(NEWEST_NUMBER - orders, 10_000)

    def batches(self, size: int = 10_000) -> Iterator[Batch]:
        """Place the orders, day by day; each batch ends with the day that fills it up to *size* orders."""
        calendar, batch = self._calendar, Batch()
        days = calendar.spread(self.count, self._random)
        for day, (number, joined) in enumerate(zip(days, self._buyers.joined, strict=True), start=calendar.first):
            coupon = COUPONS.get(calendar.month(day), NO_COUPON)
            for moment in calendar.moments(day, number, self._random):
                self._place(batch, day, moment, joined, coupon)
            if len(batch.orders) >= size or day == calendar.last:
                yield batch
                batch = Batch()

    def _place(self, batch: Batch, day: int, moment: int, joined: int, coupon: tuple[str, int]) -> None:
        """Add one order that was placed at *moment* by one of the first *joined* customers."""
        bits, random, days = self._bits, self._random.random, self._calendar.days
        self._order = order = self._order + 1
        customer = int(joined * random() ** 1.2)
        subtotal, pieces = self._fill(batch, order)
        age = self._calendar.end - moment
        status = self._status(age)
        updated = moment + int(min(LAGS[status] * (0.4 + 1.2 * random()), age * random()))
        channel = CHANNELS.places[bits(8)]
        method = METHODS.places[bits(8)]
        shipping_method, shipping = IN_STORE if channel == "store" else SHIPPING.places[bits(8)]
        code, discount = None, 0
        if not bits(3):
            code, percent = coupon
            discount = (subtotal * percent + 50) // 100
        total = subtotal + shipping - discount
        number = self._base + order
        placed_at = days[day] + clock[moment - day * DAY]
        url = f"https://track.example.com/{number}" if status in SHIPPED and shipping_method != "pickup" else None
        batch.orders.append(
            (
                *(order, f"#{number}", customer + 1, status, channel, method, placed_at),
                *(days[updated // DAY] + clock[updated % DAY], days[day + 2] + "18:00:00", CURRENCY),
                *(subtotal / 100, shipping / 100, discount / 100, total / 100, pieces, code, shipping_method),
                *(PLACES.places[bits(8)], self._buyers.addresses[customer], int(not bits(4))),
                *(ASSIGNED.places[bits(8)], url, NOTES.places[bits(8)], METADATA.places[bits(8)]),
            )
        )
        self._pay(batch, (order, customer + 1, method, status, total), moment, placed_at)

    def _fill(self, batch: Batch, order: int) -> tuple[int, int]:
        """Add the items of one order; return what they cost in cents, and how many pieces they are."""
        bits, cents = self._bits, self._goods.cents
        products, width = self._goods.wanted.places, self._goods.wanted.bits
        if order % len(LINES) == 1:
            self._random.shuffle(self._lines)
        taken: list[int] = []
        subtotal = pieces = 0
        for _ in range(self._lines[order % len(LINES)]):
            product = products[bits(width)]
            while product in taken:
                product = products[bits(width)]
            taken.append(product)
            quantity = QUANTITIES.places[bits(8)]
            price = cents[product]
            self._item += 1
            batch.items.append((self._item, order, product + 1, quantity, price / 100))
            subtotal += quantity * price
            pieces += quantity
        return subtotal, pieces

    def _status(self, age: int) -> str:
        """Return what has become of an order of an age in seconds."""
        if age < 504 * HOUR:
            for hours, wheel in AGES:
                if age < hours * HOUR:
                    return wheel.places[self._bits(8)]
        return SETTLED.places[self._bits(8)]

    def _pay(self, batch: Batch, order: tuple[int, int, str, str, int], moment: int, placed_at: str) -> None:
        """Add the payment of one order; one in twenty failed once before it went through."""
        number, customer, method, status, total = order
        bits, days = self._bits, self._calendar.days
        card = f"{customer * 7_919 % 10_000:04d}" if method == "card" else None
        amount = total / 100
        if bits(8) < 13:
            self._payment += 1
            reference = f"pay_{bits(48):012x}"
            batch.payments.append(
                (self._payment, number, method, "failed", amount, CURRENCY, card, reference, placed_at, None)
            )
        self._payment += 1
        state = PAID_AS.get(status, "captured")
        paid_at = None
        if state in {"captured", "refunded"}:
            wait = bits(17) if method == "bank_transfer" else bits(6)
            paid = min(moment + wait, self._calendar.end)
            paid_at = days[paid // DAY] + clock[paid % DAY]
        reference = f"pay_{bits(48):012x}"
        batch.payments.append(
            (self._payment, number, method, state, amount, CURRENCY, card, reference, placed_at, paid_at)
        )
