"""What simple CHECK constraints say: the values allowed, the least and the greatest, the length.

Three databases write the same check in three ways (`x IN ('a')`, `(x)::text = ANY (ARRAY['a'::text])`,
`` `x` in ('a') ``). A check that is not understood says nothing; the database still holds it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from nexus_admin.domain.dataclass import dataclass

_TOKEN = re.compile(
    r"""\s*(?:
      (?:_utf8mb\d|[eEnN])?(?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[A-Za-z_][^\]]*\])
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<sign>::|<=|>=|<>|!=|==|\|\||[^\s\w])
    )""",
    re.VERBOSE,
)
_LENGTH = frozenset({"length", "char_length", "character_length"})
_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}
_CAST_WORDS = frozenset({"character", "varying", "double", "precision", "without", "with", "time", "zone", "timestamp"})


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the checks of one column allow; None where they say nothing. `exclusive` bounds name no last value."""

    choices: tuple[str, ...] | None = None
    minimum: str | None = None
    maximum: str | None = None
    above: str | None = None
    below: str | None = None
    max_length: int | None = None
    json: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    sort: str
    text: str

    def reads(self, *words: str) -> bool:
        return self.sort in ("word", "sign") and self.text.lower() in words


class _NotSimple(Exception):
    """The check says something that we do not read."""


def allowed(check: str) -> dict[str, Allowed]:
    """Return what *check* says, by column; empty where it is not simple. A domain's column is `value`."""
    try:
        return _Reader(_tokens(check)).whole()
    except (_NotSimple, IndexError, RecursionError):
        return {}


def both(one: Allowed, other: Allowed) -> Allowed:
    """Return what is left where two checks hold at once."""
    found = {
        name: getattr(other, name) for name in Allowed.__slots__ if getattr(one, name) in (None, False)
    }  # the first that says something stays
    return replace(one, **found)


def _tokens(check: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    check = check.strip()
    while at < len(check):
        match = _TOKEN.match(check, at)
        if not match or match.end() == at:
            raise _NotSimple
        at = match.end()
        sort = str(match.lastgroup)
        text = match[sort]
        if sort == "text":
            text = text[1:-1].replace("''", "'")
        elif sort == "quoted":
            text = text[1:-1].replace(text[0] * 2, text[0])
        found.append(_Token(sort, text))
    return _without_casts(found)


def _without_casts(tokens: list[_Token]) -> list[_Token]:
    """Drop `::character varying(20)[]` and the like."""
    kept: list[_Token] = []
    at = 0
    while at < len(tokens):
        if not tokens[at].reads("::"):
            kept.append(tokens[at])
            at += 1
            continue
        at += 2
        while at < len(tokens) and (tokens[at].sort == "word" and tokens[at].text.lower() in _CAST_WORDS):
            at += 1
        if at + 2 < len(tokens) and tokens[at].reads("(") and tokens[at + 1].sort == "number":
            while not tokens[at].reads(")"):
                at += 1
            at += 1
        while at + 1 < len(tokens) and (tokens[at].reads(".") or (tokens[at].reads("[") and tokens[at + 1].reads("]"))):
            at += 2
    return kept


class _Reader:
    """Reads `a AND b`, where each part compares one column with literals; other parts of an AND say nothing."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> dict[str, Allowed]:
        found = self._either()
        if self._at < len(self._tokens):
            raise _NotSimple
        return found

    def _peek(self, *words: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].reads(*words)

    def _take(self, *words: str) -> _Token:
        token = self._tokens[self._at]
        if words and not token.reads(*words):
            raise _NotSimple
        self._at += 1
        return token

    def _either(self) -> dict[str, Allowed]:
        parts = [self._all()]
        while self._peek("or"):
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else _any_of(parts)

    def _all(self) -> dict[str, Allowed]:
        found = dict(self._part())
        while self._peek("and"):
            self._take()
            for column, more in self._part().items():
                found[column] = both(found[column], more) if column in found else more
        return found

    def _part(self) -> dict[str, Allowed]:
        start = self._at
        try:
            return self._comparison()
        except (_NotSimple, IndexError):
            self._at = start
        if self._peek("("):
            try:
                self._take("(")
                found = self._either()
                self._take(")")
                return found
            except (_NotSimple, IndexError):
                self._at = start
        self._skip()
        return {"": Allowed()}

    def _skip(self) -> None:
        """Go past a part that we do not read, up to the AND, OR or parenthesis that ends it."""
        depth = 0
        begun = self._at
        while self._at < len(self._tokens):
            if depth == 0 and self._peek("and", "or", ")"):
                break
            depth += self._peek("(") - self._peek(")")
            self._at += 1
        if self._at == begun:
            raise _NotSimple

    def _comparison(self) -> dict[str, Allowed]:
        if self._tokens[self._at].sort in ("number", "text") or self._peek("-"):
            value = self._literal()
            operator = self._operator()
            function, column = self._subject()
            return {column: _fact(function, _FLIP.get(operator, operator), value)}
        function, column = self._subject()
        if function == "json_valid":
            return {column: Allowed(json=True)}
        if self._peek("is"):
            return self._null(column)
        found = self._range()
        if found:
            return {column: Allowed() if function else found}
        return {column: _fact(function, self._operator(), self._literal())}

    def _null(self, column: str) -> dict[str, Allowed]:
        self._take("is")
        negated = self._peek("not")
        if negated:
            self._take()
        self._take("null")
        return {"" if negated else column: Allowed()}

    def _range(self) -> Allowed | None:
        """Read `IN (…)`, `BETWEEN a AND b` and `= ANY (ARRAY[…])`; None where it is another comparison."""
        if self._peek("in"):
            self._take()
            return Allowed(choices=self._list("(", ")"))
        if self._peek("between"):
            self._take()
            least = self._literal()
            self._take("and")
            return Allowed(minimum=least, maximum=self._literal())
        if self._peek("=") and self._at + 1 < len(self._tokens) and self._tokens[self._at + 1].reads("any"):
            self._take()
            return Allowed(choices=self._any())
        return None

    def _any(self) -> tuple[str, ...]:
        self._take("any")
        depth = 0
        while self._peek("("):
            self._take()
            depth += 1
        self._take("array")
        values = self._list("[", "]")
        for _ in range(depth):
            self._take(")")
        return values

    def _list(self, opening: str, closing: str) -> tuple[str, ...]:
        self._take(opening)
        values = [self._literal()]
        while self._peek(","):
            self._take()
            values.append(self._literal())
        self._take(closing)
        return tuple(values)

    def _operator(self) -> str:
        operator = self._take("<", "<=", ">", ">=", "=", "==").text
        return "=" if operator == "==" else operator

    def _subject(self) -> tuple[str, str]:
        """Return (function, column) of `col`, `(col)`, `length(col)`, `lower((col))`."""
        if self._peek("("):
            self._take("(")
            found = self._subject()
            self._take(")")
            return found
        token = self._tokens[self._at]
        if token.sort not in ("word", "quoted") or token.reads("not", "case", "array", "null"):
            raise _NotSimple
        self._at += 1
        if token.sort == "word" and self._peek("("):
            self._take("(")
            _, column = self._subject()
            self._take(")")
            return token.text.lower(), column
        if self._peek("."):
            raise _NotSimple
        name = token.text
        return "", "value" if token.sort == "word" and name.lower() == "value" else name

    def _literal(self) -> str:
        if self._peek("("):
            self._take("(")
            value = self._literal()
            self._take(")")
            return value
        sign = "-" if self._peek("-") else ""
        if sign:
            self._take()
        token = self._tokens[self._at]
        if token.sort not in ("number", "text"):
            raise _NotSimple
        self._at += 1
        return sign + token.text


def _fact(function: str, operator: str, value: str) -> Allowed:
    if function in _LENGTH:
        if operator in ("<=", "=") and value.isdigit():
            return Allowed(max_length=int(value))
        if operator == "<" and value.isdigit():
            return Allowed(max_length=int(value) - 1)
        return Allowed()
    if function:
        return Allowed()
    return {
        "=": Allowed(choices=(value,)),
        ">=": Allowed(minimum=value),
        "<=": Allowed(maximum=value),
        ">": Allowed(above=value),
        "<": Allowed(below=value),
    }[operator]


def _any_of(parts: list[dict[str, Allowed]]) -> dict[str, Allowed]:
    """Read `x = 'a' OR x = 'b'` and `x IS NULL OR …`; any other OR says nothing."""
    columns = {column for part in parts for column in part}
    if len(columns) != 1 or "" in columns:
        return {"": Allowed()}
    (column,) = columns
    telling = [part[column] for part in parts if part[column] != Allowed()]
    if len(telling) == 1:
        return {column: telling[0]}
    if telling and all(one == Allowed(choices=one.choices) and one.choices for one in telling):
        return {column: Allowed(choices=tuple(value for one in telling for value in one.choices or ()))}
    return {"": Allowed()}
