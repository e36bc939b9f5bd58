"""What kind of value a column holds, beyond its type: money, email, enum-like and so on, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nexus_admin.data.guesses import patterns
from nexus_admin.data.guesses.patterns import mostly, unless_not
from nexus_admin.data.guesses.words import listed, parts
from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """What a guess may look at.

    Args:
        name: The column's.
        kind: What its type says.
        values: Some of its values, without NULL.
        base: The bare native type.
        max_length: Of the type or a CHECK.
        dialect: Of the database.
        scale: Digits after the point, of a number.
    """

    name: str
    kind: str
    values: Sequence[Any] = ()
    base: str = ""
    max_length: int | None = None
    dialect: str = ""
    scale: int | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The name's words in lower case."""
        return tuple(parts(self.name)) or (self.name,)


@dataclass(frozen=True, slots=True)
class Guess:
    """A kind, why, and its unit."""

    kind: str
    because: str
    unit: str | None = None


_IMAGES = listed("image photo avatar picture logo thumbnail thumb cover icon banner img pic portrait")
_LINKS = listed("url uri website homepage link href site webpage permalink endpoint")
_FILES = listed("file attachment document")
_PHONES = listed("phone mobile tel telephone fax cell cellphone msisdn")
_LONG = listed(
    "description body content text notes note comment comments bio biography summary abstract message remarks remark "
    "details excerpt instructions about article review feedback reason synopsis lyrics story"
)
_MONEY = listed(
    "price amount total subtotal cost costs fee fees balance salary wage revenue income tax discount budget paid due "
    "refund deposit credit debit freight gross profit charge rent commission spend spent turnover earnings msrp "
    "premium shipping postage surcharge tip tips payment donation allowance payout principal"
)
_NOT_MONEY = listed(
    "rate count percent percentage pct ratio quantity qty number id hours days weight points score factor level "
    "units times type code index votes views bytes seconds minutes"
)
_OFTEN_OTHER = listed("shipping postage tip tips payment due paid")
_WHOLE_MONEY = listed("budget salary wage revenue income turnover rent gross")
_CURRENCIES = listed("usd eur gbp chf jpy cny inr aud cad sek nok dkk pln czk huf brl mxn zar sgd hkd nzd")
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_FLAGS = listed("is has can was allow allows allowed enable enables should needs requires")
_FLAG_ENDS = listed(
    "flag active enabled disabled deleted archived visible hidden published verified confirmed discontinued default "
    "locked public private featured approved completed closed paid done required optional primary valid"
)


def guess_kind(asked: Asked) -> Guess | None:
    """Return the first guess that holds, None where the type says it all."""
    rules: tuple[Callable[[Asked], Guess | None], ...] = ()
    if asked.kind in ("text", "long_text"):
        rules = _TEXT_RULES
    elif asked.kind in ("integer", "decimal"):
        rules = _NUMBER_RULES
    for rule in rules:
        found = rule(asked)
        if found:
            return found
    return None


def _email(asked: Asked) -> Guess | None:
    if mostly(asked.values, patterns.EMAIL, 0.9):
        return Guess("email", "Its values are email addresses.")
    named = asked.words[-1] in ("email", "mail") or asked.words[-2:] in (("email", "address"), ("mail", "address"))
    if named and unless_not(asked.values, patterns.EMAIL, 0.5):
        return Guess("email", "Its name says so.")
    return None


def _image(asked: Asked) -> Guess | None:
    if mostly(asked.values, patterns.IMAGE, 0.9):
        return Guess("image", "Its values are addresses of images.")
    if not _IMAGES & set(asked.words):
        return None
    if mostly(asked.values, patterns.URL) or (
        not asked.values and asked.words[-1] in {*_IMAGES, *_LINKS, "path", "src"}
    ):
        return Guess("image", "Its name says so, and its values are links." if asked.values else "Its name says so.")
    return None


def _file(asked: Asked) -> Guess | None:
    named = bool(_FILES & set(asked.words)) and asked.words[-1] in {*_FILES, *_LINKS, "path"}
    if named and unless_not(asked.values, patterns.FILE):
        return Guess("file", "Its name says so.")
    return None


def _url(asked: Asked) -> Guess | None:
    if mostly(asked.values, patterns.URL, 0.9):
        return Guess("url", "Its values are links.")
    if asked.words[-1] in _LINKS and not asked.values:
        return Guess("url", "Its name says so.")
    return None


def _phone(asked: Asked) -> Guess | None:
    named = asked.words[-1] in _PHONES or (
        len(asked.words) > 1 and asked.words[-2] in _PHONES and asked.words[-1] in ("number", "no")
    )
    if named and unless_not(asked.values, patterns.PHONE, 0.7):
        return Guess("phone", "Its name says so.")
    return None


def _color(asked: Asked) -> Guess | None:
    if mostly(asked.values, patterns.COLOR, 0.95):
        return Guess("color", "Its values are colours.")
    named = bool({"color", "colour"} & set(asked.words))
    if named and not asked.values and asked.max_length in (7, 9):
        return Guess("color", "Its name and length say so.")
    return None


def _country(asked: Asked) -> Guess | None:
    named = "country" in asked.words[-2:] or "nationality" in asked.words
    if named and (mostly(asked.values, patterns.COUNTRY, 0.95) or (not asked.values and asked.max_length == 2)):
        return Guess("country", "Its name says so, and it has two letters.")
    return None


def _slug(asked: Asked) -> Guess | None:
    if asked.words[-1] in ("slug", "handle") and unless_not(asked.values, patterns.SLUG):
        return Guess("slug", "Its name says so.")
    return None


def _uuid(asked: Asked) -> Guess | None:
    if len(asked.values) >= 2 and mostly(asked.values, patterns.UUID, 1.0):
        return Guess("uuid", "Its values are UUIDs.")
    return None


def _json(asked: Asked) -> Guess | None:
    if asked.dialect in ("sqlite", "mysql") and len(asked.values) >= 2 and mostly(asked.values, patterns.is_json, 1.0):
        return Guess("json", "Its values are JSON.")
    return None


def _marked_up(asked: Asked) -> Guess | None:
    texts = [value for value in asked.values if isinstance(value, str)]
    if mostly(texts, lambda text: patterns.HTML.match(text) is not None):
        return Guess("html", "Its values are HTML.")
    if asked.words[-1] == "html" and len(asked.words) > 1 and not texts:
        return Guess("html", "Its name says so.")
    named = asked.words[-1] in ("markdown", "md") and (len(asked.words) > 1 or asked.kind == "long_text")
    if named or (patterns.long(texts) and mostly(texts, lambda text: patterns.MARKDOWN.search(text) is not None, 0.6)):
        return Guess("markdown", "Its name says so." if named else "Its values are written in Markdown.")
    return None


def _long(asked: Asked) -> Guess | None:
    if asked.kind == "long_text":
        return None
    if patterns.long(asked.values):
        return Guess("long_text", "Its values are long.")
    if asked.max_length is not None and asked.max_length >= 1000 and not asked.values:
        return Guess("long_text", f"It takes up to {asked.max_length} characters.")
    roomy = asked.max_length is None or asked.max_length >= 500
    if roomy and asked.words[-1] in _LONG and not asked.values:
        return Guess("long_text", "Its name says so.")
    return None


def _short(asked: Asked) -> Guess | None:
    """A type for long texts that holds words: SQLite's and PostgreSQL's usual text, and much of MySQL's."""
    if asked.kind != "long_text" or len(asked.values) < 10 or patterns.long(asked.values):
        return None
    if asked.words[-1] in _LONG:
        return None
    return Guess("text", "Its values are short.")


def _percent(asked: Asked) -> Guess | None:
    if {"percent", "percentage", "pct"} & set(asked.words):
        return Guess("percent", "Its name says so.", "%")
    return None


def _money(asked: Asked) -> Guess | None:
    sign = next((code for sign, code in _SIGNS.items() if sign in asked.name), None)
    code = next((word.upper() for word in asked.words if word in _CURRENCIES), None)
    telling = set(asked.words) & _MONEY and not set(asked.words) & _NOT_MONEY
    if not (telling or sign or code) or set(asked.words) & {"cents", "exchange", "id"}:
        return None
    if asked.words[-1] in _OFTEN_OTHER and asked.scale != 2:
        return None
    if asked.kind == "integer" and not (sign or code or set(asked.words) & _WHOLE_MONEY):
        return None
    if not (sign or code) and mostly(
        asked.values, lambda value: _number(value) is not None and abs(_number(value) or 0) <= 1, 1.0
    ):
        return None  # a ratio
    return Guess("money", "Its name says so.", code or sign)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _year(asked: Asked) -> Guess | None:
    if asked.kind != "integer":
        return None
    if asked.words[-1] == "year" and unless_not(asked.values, _is_year, 0.95):
        return Guess("year", "Its name says so.")
    # `year_made`, but neither `year_total` nor `year_count`; other names that begin so are believed with values only.
    if asked.words[0] == "year" and not set(asked.words) & (_MONEY | _NOT_MONEY) and mostly(asked.values, _is_year):
        return Guess("year", "Its name says so, and its values are years.")
    return None


def _is_year(value: Any) -> bool:
    return 1000 <= (_number(value) or 0) <= 2999


def _flag(asked: Asked) -> Guess | None:
    """Zeros and ones where the database compares them with booleans; PostgreSQL has a type of its own for it."""
    if asked.kind != "integer" or asked.dialect not in ("sqlite", "mysql") or not asked.values:
        return None
    if not mostly(asked.values, lambda value: str(value) in ("0", "1"), 1.0):
        return None
    if asked.words[0] in _FLAGS or asked.words[-1] in _FLAG_ENDS:
        return Guess("boolean", "Its name says so, and its values are 0 and 1.")
    return None


_TEXT_RULES = (
    _email, _image, _file, _url, _color, _country, _phone, _slug, _uuid, _json, _marked_up, _long, _short,
)  # fmt: skip
_NUMBER_RULES = (_flag, _percent, _year, _money)
