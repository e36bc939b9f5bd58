"""Where a table stands in the menu: its heading, its icon, its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import takewhile

from nexus_admin.data.guesses.words import humanise, parts, plural, singular

SMALL = 14
"""Up to so many entries a menu needs no headings made of names."""

_ICONS = {
    "cart": "order cart basket checkout sale purchase shop store",
    "users": "customer client user people person member employee staff contact actor author artist supplier vendor "
    "patient student teacher subscriber team group friend crew participant passenger guest account",
    "box": "product item article good sku inventory stock package parcel part material asset catalog variant track",
    "truck": "shipment delivery shipping shipper fulfillment carrier vehicle car driver route trip",
    "card": "payment invoice bill card transaction refund payout subscription checkout charge fee",
    "coin": "price currency money budget wallet credit coupon discount tax cost salary expense fund rate",
    "building": "company organization organisation tenant department office branch hotel property supplier vendor",
    "location": "address city location place region area territory venue warehouse airport station",
    "globe": "country language domain site website locale translation zone",
    "tag": "tag category label genre brand type topic keyword kind classification",
    "flag": "flag report issue alert incident status milestone goal priority",
    "book": "book album publication course lesson chapter page article post blog playlist film movie library",
    "image": "image photo picture media gallery avatar video",
    "file": "file document attachment upload contract report template form policy",
    "folder": "folder directory project collection archive portfolio",
    "calendar": "event calendar appointment booking reservation schedule rental meeting holiday shift session",
    "clock": "time timesheet duration reminder job task queue cron",
    "history": "history log audit version revision change activity archive",
    "comment": "comment message review note feedback chat conversation reply question answer ticket discussion",
    "mail": "mail email newsletter campaign notification inbox letter",
    "shield": "role permission policy right grant rule",
    "key": "key token secret credential password oauth session",
    "settings": "setting configuration config option preference parameter feature",
    "server": "server host node device machine sensor database service",
    "plug": "integration webhook connection api provider plugin",
    "chart-bar": "metric statistic stat report measure measurement score result analytics",
    "star": "favourite favorite rating wishlist bookmark",
    "phone": "phone call",
    "bolt": "trigger action workflow automation",
    "map": "map route track",
    "layers": "layer level plan tier",
    "list": "line detail entry list",
}
_BY_WORD = {word: icon for icon, spelled in reversed(_ICONS.items()) for word in spelled.split()}


def icon_of(name: str, *, view: bool, joins: bool) -> str:
    """Return the icon whose words fit the table's name best; the last word tells most."""
    if joins:
        return "link"
    for word in reversed(parts(name)):
        icon = _BY_WORD.get(singular(word)) or _BY_WORD.get(word)
        if icon:
            return icon
    return "eye" if view else "table"


def groups_of(names: Mapping[str, tuple[str | None, str, bool]]) -> dict[str, str | None]:
    """Return a heading by resource name: the schema, `Views`, or a word that several names begin with.

    Args:
        names: By resource name: its schema, its table, and whether it is a view. Only what the menu shows.
    """
    tables = [table for schema, table, view in names.values() if schema is None and not view]
    shared = _shared(tables) if len(tables) > SMALL else {}
    found: dict[str, str | None] = {}
    for name, (schema, table, view) in names.items():
        if schema is not None:
            found[name] = humanise(schema)
        elif view:
            found[name] = "Views"
        else:
            first = (parts(table) or [""])[0]
            found[name] = shared.get(first) or shared.get(singular(first))
    return found


def _shared(tables: Iterable[str]) -> dict[str, str]:
    """Return a heading by first word, for words that at least three tables begin with."""
    members: dict[str, list[list[str]]] = defaultdict(list)
    for table in tables:
        found = parts(table)
        if found:
            members[singular(found[0])].append([singular(found[0]), *found[1:]])
    if len(members) == 1:
        return {}
    return {
        word: _heading(own) for word, own in members.items() if len(own) >= 3 and len(word) > 1 and not word.isdigit()
    }


def _heading(names: list[list[str]]) -> str:
    """Return what all names begin with: `Active storage`; in plural where that is one of them: `Orders`."""
    shared = [column[0] for column in takewhile(lambda column: len(set(column)) == 1, zip(*names, strict=False))]
    whole = any(len(name) == len(shared) for name in names)
    return humanise("_".join([*shared[:-1], plural(shared[-1])] if whole else shared))
