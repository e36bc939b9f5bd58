"""Clocks that tests move, and states to put queues into."""

from datetime import UTC, datetime

KEY = b"k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga"


class Clocks:
    """A wall's clock and one that only grows; both stand still until somebody moves them."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.apart = 1_790_000_000.0

    def steady(self) -> float:
        return self.seconds

    def wall(self) -> float:
        return self.seconds + self.apart

    def forward(self, seconds: float) -> None:
        self.seconds += seconds

    def set_wall(self, by: float) -> None:
        self.apart += by

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.wall(), UTC)
