"""What people would call a way from table to table: `customer`, `items`, `manager`, `reports`.

Each function returns names in the order of liking; the first that is free in the resource is taken.
"""

from __future__ import annotations

from nexus_admin.data.guesses.links import Link
from nexus_admin.data.guesses.words import humanise, listed, parts, plural, singular

BACK = {
    "parent": "children",
    "manager": "reports",
    "supervisor": "reports",
    "boss": "reports",
    "reply_to": "replies",
    "in_reply_to": "replies",
    "predecessor": "successors",
    "mentor": "mentees",
    "referrer": "referrals",
    "leader": "members",
    "original": "copies",
    "duplicate_of": "duplicates",
    "replaced_by": "replaces",
    "superseded_by": "supersedes",
    "blocked_by": "blocks",
}
"""What the other side of a tie within one table is called."""

_CODES = listed("code ref no nr number")
_ENDINGS = _CODES | listed("id key fk uuid guid pk")
_MANAGERS = frozenset({"reports_to", "managed_by", "supervised_by"})


def singular_words(name: str) -> list[str]:
    """Return the words of a table's name, the last in singular."""
    found = parts(name)
    return [*found[:-1], singular(found[-1])] if found else []


def plural_words(name: str) -> list[str]:
    """Return the words of a table's name, the last in plural."""
    found = parts(name)
    return [*found[:-1], plural(found[-1])] if found else []


def stem(link: Link) -> list[str]:
    """Return the words of a link's role: `billing address` for `billing_address_id`; empty where it has none."""
    found = parts(link.columns[-1])
    if len(found) > 1 and found[0] in ("id", "fk"):
        found = found[1:]
    while len(found) > 1 and found[-1] in _ENDINGS:
        found = found[:-1]
    if "_".join(found) in _MANAGERS:
        return ["manager"]
    return [] if found in (["id"], ["uuid"], ["key"], ["code"]) else found


def by_code(link: Link) -> bool:
    """Whether the column holds a code and not a key: `customer_ref`."""
    return parts(link.columns[-1])[-1:] != [] and parts(link.columns[-1])[-1] in _CODES


def role_title(link: Link, shared: bool) -> str:
    """Return the humanised role: `Billing address`, `Resolved by`."""
    role = singular_words(link.far[1]) if _by_table(link) and not shared else stem(link)
    return humanise("_".join(role)) if role else humanise(link.far[1])


def _by_table(link: Link) -> bool:
    """Whether the far table tells more than the columns: a tie over several of them has no stem of its own."""
    return len(link.columns) > 1 and not set(stem(link)) & set(singular_words(link.far[1]))


def forward_names(link: Link, shared: bool) -> list[str]:
    """Return names of the way from the table with the columns to the one that they lead to.

    Args:
        link: The way.
        shared: Whether several lead from the one table to the other, or it leads to itself.
    """
    own, far = "_".join(stem(link)), "_".join(singular_words(link.far[1]))
    if _by_table(link) and not shared:
        return [far, own]
    spare = f"{own}_{far}" if own and far and own != far else f"{own or far or 'related'}_record"
    return [own, far if not shared and not own.endswith("_by") else "", spare]


def child_words(link: Link) -> list[str]:
    """Return the near table's words in plural, without the far table's at its beginning: `items` of `order_items`."""
    child = parts(link.near[1])
    for prefix in (parts(link.far[1]), singular_words(link.far[1])):
        if prefix and len(child) > len(prefix) and child[: len(prefix)] == prefix:
            child = child[len(prefix) :]
            break
    return [*child[:-1], plural(child[-1])] if child else ["related"]


def backward_names(link: Link, shared: bool, forward: str, single: bool) -> list[str]:
    """Return names of the way back; *single* where there is at most one row over there."""
    turn = singular if single else plural
    base = child_words(link)
    plain = "_".join([*base[:-1], turn(base[-1])])
    whole = parts(link.near[1]) or ["related"]
    full = "_".join([*whole[:-1], turn(whole[-1])])
    if link.near == link.far and forward in BACK:
        return [BACK[forward], f"{forward}_{plain}"]
    role, own = stem(link), singular_words(link.far[1])
    if not shared or (role == own and link.near != link.far):
        return [plain, full, f"{plain}_by_{forward}"]
    if own and len(role) > len(own) and role[-len(own) :] == own:
        role = role[: -len(own)]
    return [f"{'_'.join(role) or forward}_{plain}", f"{plain}_by_{forward}"]


def backward_title(link: Link, shared: bool, name: str, single: bool) -> str:
    """Return the title of the way back: `Items`, `Orders (billing address)`, `Reports`."""
    if name in BACK.values():
        return humanise(name)
    base = child_words(link)
    title = humanise("_".join([*base[:-1], singular(base[-1]) if single else base[-1]]))
    return f"{title} ({role_title(link, shared).lower()})" if shared else title


def through_names(far: Link, several: bool) -> list[str]:
    """Return names of a way over a join table; *several* where the same two tables are joined more than once."""
    role, table = stem(far), singular_words(far.far[1])
    last = (role or table or ["related"])[-1]
    by_role = "_".join([*(role or table)[:-1], last if last.endswith(("ed", "ing")) else plural(last)])
    by_table = "_".join(plural_words(far.far[1]))
    by_join = "_".join(plural_words(far.near[1]))
    if role == table or not role:
        return [by_table, by_join, f"{by_table}_by_{by_join}"]
    return [by_role, by_join] if several else [by_role, by_table, by_join]


def through_title(far: Link, name: str) -> str:
    """Return the title of a way over a join table: what is over there, and how where the name does not say it."""
    if name == "_".join(plural_words(far.near[1])):
        return f"{humanise('_'.join(plural_words(far.far[1])))} ({humanise(far.near[1]).lower()})"
    return humanise(name)
