"""Which pattern matches which topic: section 4.7 of MQTT 3.1.1, its own examples first."""

from __future__ import annotations

MATCHING: tuple[tuple[str, str, bool], ...] = (
    # The examples of 4.7.1.2, the multi-level wildcard.
    ("sport/tennis/player1/#", "sport/tennis/player1", True),
    ("sport/tennis/player1/#", "sport/tennis/player1/ranking", True),
    ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
    ("sport/#", "sport", True),
    ("#", "sport", True),
    ("#", "sport/tennis/player1", True),
    ("sport/tennis/#", "sport/tennis", True),
    # Those of 4.7.1.3, the single-level wildcard.
    ("sport/tennis/+", "sport/tennis/player1", True),
    ("sport/tennis/+", "sport/tennis/player2", True),
    ("sport/tennis/+", "sport/tennis/player1/ranking", False),
    ("sport/+", "sport", False),
    ("sport/+", "sport/", True),
    ("+", "sport", True),
    ("+/tennis/#", "sport/tennis", True),
    ("+/tennis/#", "sport/tennis/player1", True),
    ("sport/+/player1", "sport/tennis/player1", True),
    ("+/+", "/finance", True),
    ("/+", "/finance", True),
    ("+", "/finance", False),
    # 4.7.2, topics that begin with a dollar.
    ("#", "$SYS/monitor/Clients", False),
    ("+/monitor/Clients", "$SYS/monitor/Clients", False),
    ("$SYS/#", "$SYS/monitor/Clients", True),
    ("$SYS/monitor/+", "$SYS/monitor/Clients", True),
    ("$SYS/#", "$SYS", True),
    ("+", "$SYS", False),
    ("+/#", "$SYS/monitor", False),
    ("#", "$", False),
    ("$SYS/+/Clients", "$SYS/monitor/Clients", True),
    ("a/#", "a/$SYS", True),
    ("a/+", "a/$SYS", True),
    ("+/$b", "a/$b", True),
    ("$SYS/monitor/Clients", "$SYS/monitor/Clients", True),
    # 4.7.3, what a topic is made of: capitals, blanks, empty levels.
    ("ACCOUNTS", "Accounts", False),
    ("Accounts payable", "Accounts payable", True),
    ("/finance", "finance", False),
    ("finance", "/finance", False),
    ("/", "/", True),
    ("+/+", "/", True),
    ("+", "/", False),
    ("/#", "/", True),
    ("#", "/", True),
    ("/#", "a", False),
    ("a//b", "a//b", True),
    ("a/+/b", "a//b", True),
    ("a/b", "a//b", False),
    ("a//#", "a/", True),
    ("a//#", "a", False),
    ("a/", "a", False),
    ("a", "a/", False),
    ("a/#", "a/", True),
    # What the product's own requirements say.
    ("home/kitchen/sw", "home/kitchen/sw", True),
    ("home/kitchen/sw", "home/Kitchen/sw", False),
    ("home/+/sw", "home/kitchen/sw", True),
    ("home/#", "home/kitchen/sw", True),
    ("sensors/+/temp", "sensors/kitchen/temp", True),
    ("sensors/+/temp", "sensors/temp", False),
    ("sensors/+/temp", "sensors/a/b/temp", False),
    ("logs/#", "logs/error", True),
    ("logs/#", "logs/app/backend", True),
    ("logs/#", "logs", True),
    ("logs/#", "log", False),
    ("logs/#", "logs2/error", False),
    # No other sign is a wildcard.
    ("a/*", "a/b", False),
    ("a.b", "a/b", False),
    ("a/.*", "a/b", False),
    ("+/+/#", "a", False),
    ("+/+/#", "a/b", True),
    ("日本/+", "日本/東京", True),
    ("a/é", "a/e\u0301", False),
)
"""Pattern, topic, and whether the one matches the other."""

NO_PATTERNS: tuple[str, ...] = (
    "sport/tennis#", "sport/tennis/#/ranking", "#/a", "##", "a/##", "#a", "sport+", "+a", "++", "a/+b/c", "+#", "#+",
    "a/#/", "", "a\0b", "\ud800", "a" * 65_536, "/" * 128,
)  # fmt: skip
"""What nobody can subscribe to."""

NO_TOPICS: tuple[str, ...] = (
    "+", "#", "a/+", "a/#", "a/+/b", "a+b", "a#", "$SYS/#", "", "a\0b", "\ud800", "é" * 32_768, "a" + "/a" * 128,
)  # fmt: skip
"""What nobody can publish to."""
