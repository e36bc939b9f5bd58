"""An AccessFile as TOML or JSON text, and back."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from nexus_admin.domain.errors import SettingError
from nexus_admin.domain.role import AccessFile, Grant, Role

Format = Literal["toml", "json"]


def print_file(file: AccessFile, form: Format = "toml") -> str:
    """Return *file* as text that `parse_file` reads; what is as always is left out."""
    plain = {
        "version": file.version,
        "roles": [_role(role) for role in file.roles],
        "members": {email: list(roles) for email, roles in file.members.items()},
    }
    if form == "json":
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    return _toml(plain)


def parse_file(text: str, form: Format = "toml", name: str = "the access file") -> AccessFile:
    """Read what `print_file` wrote, or what somebody has typed.

    Raises:
        SettingError: names the file, the place, and what is wrong there.
    """
    try:
        plain = tomllib.loads(text) if form == "toml" else json.loads(text)
    except ValueError as error:
        raise SettingError(f"{name} is not {form.upper()}: {error}.") from None
    except RecursionError:
        raise SettingError(f"{name} is nested too deeply.") from None
    try:
        return AccessFile.model_validate(plain)
    except ValidationError as error:
        problems = [f"{_place(one['loc'])}: {one['msg']}" for one in error.errors()[:5]]
        raise SettingError(f"{name} cannot be used. {'. '.join(problems)}.") from None


def _role(role: Role) -> dict[str, Any]:
    plain = role.model_dump(mode="json", exclude_defaults=True, exclude={"grants"})
    return {**plain, "grants": [_grant(grant) for grant in role.grants]}


def _grant(grant: Grant) -> dict[str, Any]:
    plain = grant.model_dump(mode="json", exclude_defaults=True, exclude={"rows", "action"})
    rows = {} if grant.rows is None else {"rows": grant.rows}
    return {"action": grant.action, **plain, **rows}


def _toml(plain: Mapping[str, Any]) -> str:
    lines = [f"version = {plain['version']}"]
    for role in plain["roles"]:
        lines += ["", "[[roles]]"]
        lines += [f"{key} = {_value(value)}" for key, value in role.items() if key != "grants"]
        for grant in role["grants"]:
            lines += ["", "[[roles.grants]]"]
            lines += [f"{key} = {_value(_without_null(value))}" for key, value in grant.items()]
    if plain["members"]:
        lines += ["", "[members]"]
        lines += [f"{_text(email)} = {_value(roles)}" for email, roles in plain["members"].items()]
    return "\n".join(lines) + "\n"


def _without_null(value: Any) -> Any:
    """TOML has no null: a rule with one is written as JSON text, which is read as well."""
    return json.dumps(value, ensure_ascii=False) if _has_null(value) else value


def _has_null(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_null(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_null(item) for item in value)
    return value is None


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_text(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _text(str(value))


def _text(text: str) -> str:
    """JSON's escapes are TOML's, but for the character DEL, which TOML does not take as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)
