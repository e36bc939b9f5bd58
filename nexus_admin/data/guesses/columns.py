"""Which fields name a row, which a list shows, which the search box searches, and in which order rows come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nexus_admin.data.guesses.words import listed, parts, singular
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Relation

SMALL = 10_000
LIST_WIDTH = 7
_MOSTLY = 0.5
"""A column that fewer rows than this fill is mostly empty."""

_BARE = 70
"""What a column that no row fills loses of its weight; one that some fill loses less."""

SEARCHED = 6

_TITLES = {
    "name": 100, "title": 98, "full name": 97, "display name": 96, "label": 90, "headline": 88, "subject": 86,
    "company name": 84, "company": 74, "username": 78, "user name": 78, "login": 76, "nickname": 62, "legal name": 70,
    "number": 72, "email": 70, "email address": 70, "mail": 68, "slug": 50, "code": 64, "reference": 66, "ref": 60,
    "sku": 58, "key": 48, "caption": 70, "heading": 80, "topic": 76, "question": 66, "filename": 64, "file name": 64,
    "description": 40, "symbol": 50, "iso code": 46, "identifier": 58, "hostname": 64, "host": 52, "domain": 52,
    "url": 44, "value": 30, "iata": 40, "summary": 50, "isbn": 46,
}  # fmt: skip
_FIRST = frozenset({"first name", "firstname", "given name", "forename", "given names", "first"})
_LAST = frozenset({"last name", "lastname", "family name", "surname", "last", "second name"})
_UNNAMING = listed("address city phone type note comment zip date time currency status state id digest kind")
_UNSEARCHED = listed("long_text markdown html color image file")
_SEARCHED_WORDS = listed("name email code number phone title company reference sku username")
_TEXTS = frozenset({"text", "email", "slug", "url", "enum", "long_text", "phone", "markdown"})
_WEIGHTS = {
    "enum": 60, "money": 66, "datetime": 34, "date": 44, "boolean": 42, "email": 58, "image": 46, "phone": 36,
    "percent": 38, "decimal": 36, "integer": 34, "year": 46, "country": 44, "text": 34, "url": 22, "slug": 16,
    "color": 26, "uuid": 6, "duration": 34, "time": 28, "array": 18, "ip": 24, "range": 24, "geometry": 8, "file": 22,
    "long_text": 10, "markdown": 8, "html": 4, "json": 3, "unknown": 4, "binary": -100, "vector": -100, "secret": -100,
}  # fmt: skip
_WORDS = {
    "status": 26, "state": 14, "total": 16, "amount": 12, "price": 12, "number": 20, "reference": 18, "code": 14,
    "sku": 18, "name": 22, "title": 24, "city": 10, "country": 8, "type": 8, "category": 12, "quantity": 14, "qty": 14,
    "active": 8, "priority": 14, "due": 10, "company": 16, "description": 12, "address": -8, "zip": -30,
    "postcode": -30, "postal": -30, "fax": -14, "street": -10, "line": -6, "note": -8, "notes": -8, "comment": -6,
    "position": -12, "sort": -20, "order": -4, "hash": -20, "external": -14, "internal": -10, "metadata": -20,
    "settings": -16, "meta": -16, "version": -10, "deprecated": -30, "legacy": -20, "sequential": -14, "counter": -6,
    "latitude": -14, "longitude": -14, "lat": -14, "lon": -14, "lng": -14, "locale": -10, "timezone": -14, "token": -20,
}  # fmt: skip


def title_fields(
    fields: Sequence[Field], table: str, relations: Sequence[Relation], joins: bool, distinct: Mapping[str, float]
) -> tuple[str, ...]:
    """Return the fields whose values name a row; empty where its key does best.

    Args:
        fields: Of the resource.
        table: Its name: `product_name` names a product.
        relations: Its relations.
        joins: Whether the row ties others together, so that those name it.
        distinct: By field, where enough rows were looked at: which part of its values were different ones.
    """
    if joins:
        return tuple(dict.fromkeys(one.pairs[0][0] for one in relations if not one.many and len(one.pairs) == 1))[:2]
    usable = [field for field in fields if _may_name(field)]
    first = next((field for field in usable if " ".join(parts(field.name)) in _FIRST), None)
    last = next((field for field in usable if " ".join(parts(field.name)) in _LAST), None)
    scored = [(_title_score(field, table, at, distinct.get(field.name)), field.name) for at, field in enumerate(usable)]
    best = max(scored, default=(0, ""), key=lambda one: one[0])
    if first and last and (best[0] < 96 or parts(best[1]) == ["title"]):  # a person's title is no name
        return first.name, last.name
    return (best[1],) if best[0] >= 30 else ()


def _may_name(field: Field) -> bool:
    if field.secret or field.tucked or field.relation or field.as_text or field.kind not in _TEXTS:
        return False
    return field.kind != "enum" or field.key


def _title_score(field: Field, table: str, at: int, distinct: float | None) -> int:
    words = parts(field.name)
    own = parts(table)
    own = [*own[:-1], singular(own[-1])] if own else own
    stripped = words[len(own) :] if own and words[: len(own)] == own else words
    for last in (own[-1:],):  # `ProductName` in `Order products` is a name as well
        stripped = stripped[1:] if last and stripped[:1] == last and len(stripped) > 1 else stripped
    spelled = " ".join(stripped)
    score = _TITLES.get(spelled, 0)
    if words == own:  # `country.country`
        score = max(score, 92)
    if not score and words[-1:] == ["name"]:
        score = 66
    if not score and words[-1:] in (["title"], ["label"]):
        score = 64
    if not score and words[-1:] in (["number"], ["reference"], ["code"]) and field.unique:
        score = 56
    if not score and field.unique and not field.key:
        score = 46
    if not score and at == 0 and field.kind == "text" and distinct is not None and not field.key:
        score = 32 if not set(words) & _UNNAMING else 0
    if distinct is not None and distinct < 0.5 and score < 92:
        return 0  # the same again and again: it names something else
    if field.kind in ("long_text", "markdown"):
        score = min(score, 36) if spelled in ("description", "summary", "name", "title", "question") else 0
    return score


def list_fields(
    fields: Sequence[Field],
    titles: Sequence[str],
    key: Sequence[str],
    common: frozenset[str] = frozenset(),
    filled: Mapping[str, float] | None = None,
) -> tuple[str, ...]:
    """Return 6 to 8 fields for a list, most telling first: what names the row, then its state, ties, sums and dates.

    Args:
        fields: Of the resource.
        titles: What names a row.
        key: Shown where nothing else names it.
        common: Fields that lead where nearly every table leads, as to a tenant; they tell little.
        filled: By field, where enough rows were looked at: which part of them has a value. A field that most rows
            leave empty tells little: it comes after all others, if there is room for it.
    """
    bare = {name: _BARE * (1 - share / _MOSTLY) for name, share in (filled or {}).items() if share < _MOSTLY}
    by_name = {field.name: field for field in fields}
    first_ties = [field.name for field in fields if field.relation and field.name not in common][:2]
    chosen = [name for name in titles if name in by_name]
    if not chosen:
        chosen = [name for name in key if name in by_name and not by_name[name].tucked][:2]
    scored = sorted(
        (
            (_weight(field, first_ties, common) - bare.get(field.name, 0) - min(at, 30) * 0.8, at, field.name)
            for at, field in enumerate(fields)
            if field.name not in chosen
        ),
        key=lambda one: (-one[0], one[1]),
    )
    room = max(LIST_WIDTH - len(chosen), 0)
    telling = [name for weight, _, name in _first_sum(scored, by_name) if weight >= 12][:room]
    if len(chosen) + len(telling) < 4:
        telling = [name for weight, _, name in scored if weight > -20][: max(4 - len(chosen), 0)]
    return (*chosen, *sorted(telling, key=lambda name: name in bare))


def _first_sum(scored: list[tuple[float, int, str]], by_name: Mapping[str, Field]) -> list[tuple[float, int, str]]:
    """Put sums of money after the most telling one behind everything else of weight: one says what a row is worth."""
    sums = [one for one in scored if by_name[one[2]].kind == "money"][1:]
    others = [one for one in scored if one not in sums]
    behind = [(weight - 40, at, name) for weight, at, name in sums]
    return sorted([*others, *behind], key=lambda one: (-one[0], one[1]))


def _weight(field: Field, first_ties: Sequence[str], common: frozenset[str]) -> float:
    if field.tucked or field.secret:
        return -100
    if field.relation:
        by_whom = {"created", "updated", "modified", "deleted", "by"} & set(parts(field.name))
        return 26 if by_whom or field.name in common else 84 if field.name in first_ties else 56
    weight = float(_WEIGHTS.get(field.kind, 10))
    spelled = parts(field.name)
    words = set(spelled)
    weight += max(_WORDS.get(spelled[-1] if spelled else "", 0), 0)
    weight += min((_WORDS[word] for word in words if _WORDS.get(word, 0) < 0), default=0)
    weight += {"created": 12, "happened": 44, "updated": -28, "deleted": -26}.get(field.options.get("role", ""), 0)
    if field.key:
        weight -= 26
    if words & {"id", "uuid", "guid"} and not field.key:
        weight -= 28
    return weight


def _may_search(field: Field) -> bool:
    words = family(field.kind) == "text" and field.kind not in _UNSEARCHED
    return words and not field.secret and not field.as_text and not field.relation


def search_fields(fields: Sequence[Field], titles: Sequence[str], indexed: frozenset[str]) -> tuple[str, ...]:
    """Return what the search box searches: what names the row, then unique and indexed texts; never long ones."""
    usable = {field.name: field for field in fields if _may_search(field)}
    chosen = [name for name in titles if name in usable]
    for name, field in usable.items():
        words = set(parts(name))
        if words & {"zip", "postal", "postcode", "fax"} and not field.unique:
            continue
        telling = words & _SEARCHED_WORDS
        if (field.unique or name in indexed or field.kind == "email" or telling) and name not in chosen:
            chosen.append(name)
    return tuple(chosen or list(usable)[:3])[:SEARCHED]


def default_sort(
    fields: Sequence[Field], key: Sequence[str], indexed: frozenset[str], rows: int | None
) -> tuple[str, ...]:
    """Return newest first where that is cheap: by an indexed date, by a key that only rises, or in a small table."""
    dates = [field for field in fields if field.options.get("role") in ("happened", "created")]
    dates.sort(key=lambda field: field.options["role"] != "happened")
    for field in dates:
        if field.name in indexed:
            return (f"-{field.name}",)
    by_name = {field.name: field for field in fields}
    numbered = len(key) == 1 and by_name[key[0]].kind == "integer" and by_name[key[0]].default is not None
    if dates and numbered:
        return (f"-{key[0]}",)
    if dates and key and rows is not None and rows <= SMALL:
        return (f"-{dates[0].name}",)
    return tuple(key)
