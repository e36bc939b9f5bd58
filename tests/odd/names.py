"""Names that break tools: quotes, slashes, words of SQL, markup, other scripts; the same on every engine."""

NAMES = (
    "select", "Order Details", "a%b", "100%s", "x:y", "(p)", "q'uote", 'd"ouble', "back`tick", "semi;colon -- drop",
    "[b]", "naïve ☃", "new\nline", "$1", "?", "%(x)s", "{x}", "a.b", "a/b col", "\\", "UPPER", "<b>x</b>",
    "<script>alert(1)</script>", "עברית", "\u202egnp", "🦊", "~history", "null", "and", "@me", "-minus", "count",
    "a&b=c#d+e", "x" * 55, "'); drop table x; --", "{{ 7*7 }}", "tab\there", "__proto__", "set.name", "only",
)  # fmt: skip
