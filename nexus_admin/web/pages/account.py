"""One's own account: profile, ways to sign in, sessions, tokens, and how things look."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from nexus_admin.domain.errors import Invalid, NexusError
from nexus_admin.domain.target import Target
from nexus_admin.web.cookies import with_session
from nexus_admin.web.pages.signing import local_path, remember, sentence
from nexus_admin.web.visit import SIGNED_IN, Door, Visit

HOUSE = Target("nexus")
LIVES = (("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "No end"))
"""How long a token may live: days and what people read."""


def profile(visit: Visit) -> Response:
    """GET /account: who they are."""
    return _page(visit, "profile")


def rename(visit: Visit) -> Response:
    """POST /account: change how they are called."""
    visit.perform("account.rename", HOUSE, {"name": visit.form.get("name", "")[:200]})
    return visit.go("/account", said="Saved.")


def security(visit: Visit) -> Response:
    """GET /account/security: ways to sign in, sessions, tokens."""
    return _page(visit, "security")


def change_password(visit: Visit) -> Response:
    """POST /account/password: a new one; every other session and every token ends."""
    given = {name: visit.form.get(name, "")[:2000] for name in ("old_password", "new_password")}
    try:
        begun = visit.perform("account.password", HOUSE, {**given, "cookie": visit.cookie})
    except NexusError as error:
        return _page(visit, "security", error.status, wrong_password=sentence(error))
    said = "The password is changed. Every other session and every token has ended."
    return with_session(visit, visit.go("/account/security", said=said), begun.cookie)


def begin_factor(visit: Visit) -> Response:
    """POST /account/factor: show the QR code of a new authenticator."""
    return _page(visit, "security", drawn=visit.perform("account.begin_factor", HOUSE, {"cookie": visit.cookie}))


def confirm_factor(visit: Visit) -> Response:
    """POST /account/factor/confirm: take its first code; show the recovery codes, once."""
    try:
        begun = visit.perform("account.confirm_factor", HOUSE, _coded(visit))
    except NexusError as error:
        return _page(visit, "security", error.status, wrong_code=sentence(error), confirming=True)
    answer = visit.page("recovery_codes.html", codes=begun.recovery_codes, onward="/account/security")
    return with_session(visit, answer, begun.cookie)


def remove_factor(visit: Visit) -> Response:
    """POST /account/factor/remove: go without one again, for one of its codes."""
    try:
        visit.perform("account.remove_factor", HOUSE, _coded(visit))
    except NexusError as error:
        return _page(visit, "security", error.status, wrong_code=sentence(error))
    return visit.go("/account/security", said="The second factor is off.")


def renew_codes(visit: Visit) -> Response:
    """POST /account/factor/codes: ten new recovery codes, for a code of the authenticator."""
    try:
        codes = visit.perform("account.renew_codes", HOUSE, _coded(visit))
    except NexusError as error:
        return _page(visit, "security", error.status, wrong_code=sentence(error))
    return visit.page("recovery_codes.html", codes=codes, onward="/account/security")


def end_session(visit: Visit) -> Response:
    """POST /account/sessions/end: sign out on one device."""
    visit.perform("account.end_session", HOUSE, {"id": visit.form.get("id", "")[:40]})
    return visit.go("/account/security", said="That device is signed out.")


def end_others(visit: Visit) -> Response:
    """POST /account/sessions/end-others: sign out everywhere but here."""
    count = visit.perform("account.end_others", HOUSE, {"cookie": visit.cookie})
    return visit.go("/account/security", said=f"Signed out on {count} other device{'s' if count != 1 else ''}.")


def make_token(visit: Visit) -> Response:
    """POST /account/tokens: make one; it stands on this answer and nowhere else."""
    form = visit.form
    days = form.get("days", "90")
    scopes = visit.every("scope") if form.get("may") == "some" else None
    data = {"name": form.get("name", "")[:200], "scopes": scopes, "days": int(days[:9]) if days.isdecimal() else None}
    try:
        plain, token = visit.perform("account.make_token", HOUSE, data)
    except Invalid as error:
        return _page(visit, "security", error.status, wrong_token=sentence(error), asked=data)
    return _page(visit, "security", fresh=(token.name, plain))


def revoke_token(visit: Visit) -> Response:
    """POST /account/tokens/revoke: kill one."""
    visit.perform("account.revoke_token", HOUSE, {"id": visit.form.get("id", "")[:40]})
    return visit.go("/account/security", said="The token is dead.")


def appearance(visit: Visit) -> Response:
    """GET /account/appearance: theme, density, time zone, keys."""
    return _page(visit, "appearance")


def looks(visit: Visit) -> Response:
    """POST /account/looks: keep what was chosen, here and on every other device."""
    chosen = {name: visit.form[name][:100] for name in ("theme", "density", "zone", "keys") if name in visit.form}
    try:
        visit.perform("preference.set", HOUSE, {"values": chosen})
    except Invalid as error:
        return _page(visit, "appearance", error.status, wrong=error.fields)
    back = local_path(visit.form.get("back", "/account/appearance"))
    said = "Saved." if back == "/account/appearance" else ""
    return remember(visit, visit.go(back, said=said), chosen)


def favourite(visit: Visit) -> Response:
    """POST /account/favourite: put a page among the favourites, or take it out."""
    path, title = local_path(visit.form.get("path", "/"))[:2000], visit.form.get("title", "")[:200] or "Page"
    before = visit.perform("preference.list", HOUSE).get("favourites", [])
    kept = [one for one in before if one["path"] != path]
    added = len(kept) == len(before)
    after = [*kept, {"path": path, "title": title}] if added else kept
    visit.perform("preference.set", HOUSE, {"values": {"favourites": after}})
    return visit.go(path, said=f"{title} is a favourite now." if added else f"{title} is no favourite any more.")


def _coded(visit: Visit) -> dict[str, str]:
    code = visit.form.get("code", "") or visit.form.get("recovery", "")
    return {"cookie": visit.cookie, "code": code[:100]}


NOTHING_YET: dict[str, Any] = {
    "drawn": None, "confirming": False, "wrong_code": None, "wrong_password": None, "wrong_token": None, "asked": {},
    "fresh": None, "wrong": {},
}  # fmt: skip


def _page(visit: Visit, section: str, status: int = 200, **known: Any) -> Response:
    """Draw a section of the account."""
    account = visit.perform("account.view", HOUSE)
    chosen = visit.perform("preference.list", HOUSE)
    given = {**NOTHING_YET, "account": account, "chosen": chosen, "section": section, "lives": LIVES, **known}
    return visit.page(f"account/{section}.html", status, now=visit.locale.now, **given)


DOORS = (
    Door("/account", profile, SIGNED_IN),
    Door("/account", rename, SIGNED_IN, ("POST",)),
    Door("/account/security", security, SIGNED_IN),
    Door("/account/password", change_password, SIGNED_IN, ("POST",)),
    Door("/account/factor", begin_factor, SIGNED_IN, ("POST",)),
    Door("/account/factor/confirm", confirm_factor, SIGNED_IN, ("POST",)),
    Door("/account/factor/remove", remove_factor, SIGNED_IN, ("POST",)),
    Door("/account/factor/codes", renew_codes, SIGNED_IN, ("POST",)),
    Door("/account/sessions/end", end_session, SIGNED_IN, ("POST",)),
    Door("/account/sessions/end-others", end_others, SIGNED_IN, ("POST",)),
    Door("/account/tokens", make_token, SIGNED_IN, ("POST",)),
    Door("/account/tokens/revoke", revoke_token, SIGNED_IN, ("POST",)),
    Door("/account/appearance", appearance, SIGNED_IN),
    Door("/account/favourite", favourite, SIGNED_IN, ("POST",)),
    Door("/account/looks", looks, SIGNED_IN, ("POST",)),
)
