"""Names of tables and columns as words: split, humanised, in singular and plural."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

SPELLED = {
    "addr": "Address", "ai": "AI", "amt": "Amount", "api": "API", "bic": "BIC", "birthdate": "Birth date", "cc": "CC",
    "co2": "CO2", "crm": "CRM", "css": "CSS", "csv": "CSV", "db": "DB", "dept": "Department", "desc": "Description",
    "dob": "Date of birth", "eta": "ETA", "eu": "EU", "eur": "EUR", "faq": "FAQ", "firstname": "First name",
    "fullname": "Full name", "gbp": "GBP", "gps": "GPS", "gtin": "GTIN", "guid": "GUID", "hr": "HR", "html": "HTML",
    "http": "HTTP", "iban": "IBAN", "id": "ID", "ids": "IDs", "imdb": "IMDB", "imei": "IMEI", "ip": "IP",
    "isbn": "ISBN", "iso": "ISO", "json": "JSON", "jwt": "JWT", "kpi": "KPI", "lastname": "Last name",
    "lat": "Latitude", "lng": "Longitude", "lon": "Longitude", "mac": "MAC", "md5": "MD5", "mfa": "MFA",
    "mime": "MIME", "nbr": "Number", "num": "Number", "oauth": "OAuth", "os": "OS", "otp": "OTP", "pct": "Percent",
    "pdf": "PDF", "pin": "PIN", "po": "PO", "qr": "QR", "qty": "Quantity", "rfc": "RFC", "rgb": "RGB", "rma": "RMA",
    "rss": "RSS", "sha": "SHA", "sha1": "SHA-1", "sha256": "SHA-256", "sku": "SKU", "sms": "SMS", "sql": "SQL",
    "ssh": "SSH", "ssl": "SSL", "ssn": "SSN", "sso": "SSO", "tel": "Phone", "tls": "TLS", "totp": "TOTP",
    "tz": "Time zone", "ui": "UI", "uid": "UID", "upc": "UPC", "uri": "URI", "url": "URL", "urls": "URLs", "us": "US",
    "usd": "USD", "utc": "UTC", "uuid": "UUID", "vat": "VAT", "vin": "VIN", "xml": "XML", "yaml": "YAML",
    "zip": "ZIP", "zipcode": "ZIP code",
}  # fmt: skip
"""Words that are not written as they are spelled in names."""


def listed(text: str) -> frozenset[str]:
    """Return the words of a text as a set: how the lists of telling words in this room are written."""
    return frozenset(text.split())


_UNCOUNTED = listed(
    "accounting advice aircraft analytics audio billing cash chess content data equipment evidence feedback fish "
    "furniture hardware history info information inventory knowledge legislation logging mail media metadata money "
    "music news pricing progress research sales series sheep software species staff status stock storage traffic "
    "training weather work"
)
_IRREGULAR = {
    "address": "addresses", "alias": "aliases", "analysis": "analyses", "atlas": "atlases", "axis": "axes",
    "basis": "bases", "bonus": "bonuses", "bus": "buses", "cache": "caches", "calorie": "calories",
    "campus": "campuses", "canvas": "canvases", "child": "children", "cookie": "cookies", "corpus": "corpora",
    "course": "courses", "crisis": "crises", "criterion": "criteria", "datum": "data", "diagnosis": "diagnoses",
    "echo": "echoes", "foot": "feet", "gas": "gases", "goose": "geese", "half": "halves", "hero": "heroes",
    "house": "houses", "index": "indexes", "knife": "knives", "leaf": "leaves", "lens": "lenses", "life": "lives",
    "man": "men", "matrix": "matrices", "menu": "menus", "mouse": "mice", "movie": "movies", "ox": "oxen",
    "person": "people", "phenomenon": "phenomena", "potato": "potatoes", "process": "processes", "quiz": "quizzes",
    "shelf": "shelves", "thesis": "theses", "tie": "ties", "tomato": "tomatoes", "tooth": "teeth",
    "vertex": "vertices", "veto": "vetoes", "virus": "viruses", "wolf": "wolves", "woman": "women", "yes": "yeses",
    "zombie": "zombies",
}  # fmt: skip
_BACK = {**{many: one for one, many in _IRREGULAR.items()}, "indices": "index", "vertexes": "vertex"}


def words(name: str) -> list[str]:
    """Return the words of a name: `OrderItemsID`, `order_items_id` and `Order items ID` give the same ones."""
    return list(_words(name))


@lru_cache(maxsize=20_000)
def _words(name: str) -> tuple[str, ...]:
    found: list[str] = []
    for chunk in re.sub(r"[\W_]+", " ", name).split():
        start = 0
        for at in range(1, len(chunk)):
            if _begins_word(chunk, at):
                found.append(chunk[start:at])
                start = at
        found.append(chunk[start:])
    return tuple(found)


def _begins_word(chunk: str, at: int) -> bool:
    here, before = chunk[at], chunk[at - 1]
    if here.isupper():
        if before.islower() or before.isdigit():
            return True
        return before.isupper() and at + 1 < len(chunk) and chunk[at + 1].islower() and chunk[at + 1 :] != "s"
    return here.isdigit() and before.isalpha() and at >= 4 and len(chunk) - at <= 2 and chunk[at:].isdigit()


def parts(name: str) -> list[str]:
    """Return the words of a name in lower case."""
    return [word.casefold() for word in _words(name)]


def snake(name: str) -> str:
    """Return `order_items` for `OrderItems`; `` where a name has no word at all."""
    return "_".join(parts(name))


def humanise(name: str) -> str:
    """Return `Order items` for `order_items`, `Customer ID` for `CustomerId`; a name without words stays itself."""
    found = words(name)
    if not found:
        return " ".join(name.split()) or "(no name)"
    if _written_by_people(name):
        text = " ".join(name.split())
        return text[:1].upper() + text[1:]
    shouted = not any(letter.islower() for letter in name)
    text = " ".join(_spelled(word, shouted, at == 0) for at, word in enumerate(found))
    return text[:1].upper() + text[1:] if text[:1].islower() else text


def _written_by_people(name: str) -> bool:
    """Whether it has signs, as in `Body mass (g)` or `per%cent`, so that its owner's spelling is best."""
    return bool(re.search(r"[^\w\s.$#-]", name) or (" " in name.strip() and re.search(r"[^\w\s]", name)))


def _spelled(word: str, shouted: bool, first: bool) -> str:
    known = SPELLED.get(word.casefold())
    if known:
        return known if first or known.isupper() or not known[:1].isupper() else _lower_first(known)
    if word.isupper() and len(word) > 1 and not shouted:
        return word
    return word.casefold() if word.isascii() else word.lower()


def _lower_first(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def plural(word: str) -> str:
    """Return the plural of an English word in lower case; words that have none, or are plural, stay."""
    if word in _UNCOUNTED or not word.isascii() or not word.isalpha() or word in _BACK:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if singular(word) != word or (len(word) <= 3 and word.endswith("s")):
        return word
    if re.search(r"(?:[sxz]|[^aeiou]ch|sh|[aeou]ch)$", word):
        return word + "es"
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + "s"


def singular(word: str) -> str:
    """Return the singular of an English word in lower case; one that is singular stays."""
    if word in _UNCOUNTED or not word.isascii() or word in _IRREGULAR:
        return word
    if word in _BACK:
        return _BACK[word]
    for ending, put in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("zzes", "zz")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + put
    if re.search(r"(?:tus|sus|cus|pus|bus|nus|rus|mus|ss|is|us|ous|ias)es$", word):
        return word[:-2]
    if len(word) <= 2 or word in SPELLED or re.search(r"(?:ss|us|is|[^aeou]ys)$", word):
        return word
    return word.removesuffix("s")


def plural_name(name: str) -> str:
    """Return a table's humanised name in plural: `Order items` for `OrderItem`."""
    return _with_last(name, plural)


def singular_name(name: str) -> str:
    """Return a table's humanised name in singular: `Order item` for `order_items`."""
    return _with_last(name, singular)


def _with_last(name: str, turned: Callable[[str], str]) -> str:
    title = humanise(name)
    found = words(name)
    if not found or re.search(r"[^\w\s.-]", name):
        return title
    last = found[-1].casefold()
    head, _, tail = title.rpartition(" ")
    if last in SPELLED or (" of " in title.lower()) or (" by " in title.lower()):
        return title
    shape = turned(last)
    if shape == last:
        return title
    shape = shape if tail[:1].islower() or head else shape[:1].upper() + shape[1:]
    return f"{head} {shape}" if head else shape


def plural_snake(name: str) -> str:
    """Return `order_items` for `OrderItem`."""
    found = parts(name)
    return "_".join([*found[:-1], plural(found[-1])]) if found else ""


def singular_snake(name: str) -> str:
    """Return `order_item` for `OrderItems`."""
    found = parts(name)
    return "_".join([*found[:-1], singular(found[-1])]) if found else ""
