"""Settings in five layers, each value with the layer that it came from.

Defaults < `nexus.toml` < environment (`NEXUS_SERVER__PORT`) < runtime (stored,
audited) < command line. An unknown key is an error that offers its neighbour.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nexus_admin.domain.errors import SettingError
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.setting import Layer, Origin, Setting

PREFIX = "NEXUS_"
RESERVED = frozenset({"NEXUS_SECRET_KEY", "NEXUS_CONFIG", "NEXUS_REQUIRE_SERVICES", "NEXUS_SHARED"})
"""Variables with our prefix that are no settings, beside those that begin with NEXUS_TEST_ or NEXUS_SKIP_."""

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool, "list": list}
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Settings:
    """What is set, and where each value came from.

    Args:
        declared: Every setting that may be there.
        environ: The process's environment.
    """

    def __init__(self, declared: Iterable[Setting], environ: Mapping[str, str]) -> None:
        self.declared = {one.key: one for one in declared}
        self._environ = environ
        self._values = {key: Origin(one.default, "default") for key, one in self.declared.items()}

    def __getitem__(self, key: str) -> Any:
        return self._values[key].value

    def origin(self, key: str) -> Origin:
        """Return the value of *key* with its layer and place."""
        return self._values[key]

    def declare(self, settings: Iterable[Setting]) -> None:
        """Add what extensions declare.

        Raises:
            SettingError: the key is taken.
        """
        for one in settings:
            if one.key in self.declared:
                raise SettingError(
                    f"Two settings are called {one.key!r}: {self.declared[one.key].owner}'s and {one.owner}'s."
                )
            self.declared[one.key] = one
            self._values[one.key] = Origin(one.default, "default")

    def read_file(self, path: Path) -> None:
        """Lay the file *path* over the defaults.

        Raises:
            SettingError: names the file, the key and the nearest neighbour.
        """
        self.lay(flatten(read_toml(path)), "file", str(path))

    def read_environment(self) -> None:
        """Lay every `NEXUS_…` variable over what is there; `__` stands for the dot."""
        for name, text in sorted(self._environ.items()):
            if name.startswith(PREFIX) and not _reserved(name):
                key = name.removeprefix(PREFIX).lower().replace("__", ".")
                self.lay({key: text}, "environment", name)

    def lay(self, values: Mapping[str, Any], layer: Layer, where: str = "") -> None:
        """Lay *values* over what is there.

        Raises:
            SettingError: a key is unknown or a value is of the wrong type.
        """
        for key, value in values.items():
            setting = self.declared.get(key) or self._source_setting(key)
            if setting is None:
                hint = did_you_mean(key, self.declared, "`nexus config show` lists them all.")
                raise SettingError(f"{where or layer}: there is no setting called {key!r}.{hint}")
            self._values[key] = Origin(_typed(setting, value, where or layer), layer, where)

    def secret(self, key: str) -> Any:
        """Return the value of *key* with `env:NAME` looked up.

        Raises:
            SettingError: the variable is not there.
        """
        return resolve(self[key], self._environ, key)

    def sources(self) -> dict[str, dict[str, Any]]:
        """Return what is said of each data source, by name, references looked up."""
        found: dict[str, dict[str, Any]] = {}
        for key in self._values:
            parts = key.split(".")
            if parts[0] == "sources" and len(parts) == 3:
                found.setdefault(parts[1], {})[parts[2]] = self.secret(key)
        return found

    def shown(self) -> Iterator[tuple[str, str, Origin]]:
        """Yield (key, value as people may see it, origin) for every value, sorted by key."""
        for key in sorted(self._values):
            origin = self._values[key]
            setting = self.declared.get(key) or self._source_setting(key)
            hide = setting is not None and setting.secret and origin.value and not str(origin.value).startswith("env:")
            yield key, "••••" if hide else str(origin.value), origin

    def _source_setting(self, key: str) -> Setting | None:
        parts = key.split(".")
        if len(parts) != 3 or parts[0] != "sources":
            return None
        known = {
            "url": ("str", True),
            "allow_writes": ("bool", False),
            "title": ("str", False),
            "schemas": ("list", False),
        }
        if parts[2] not in known:
            raise SettingError(f"A source has no setting called {parts[2]!r}.{did_you_mean(parts[2], known)}")
        kind, secret = known[parts[2]]
        return Setting(key, kind, None, "", secret=secret)  # type: ignore[arg-type]


def read_toml(path: Path) -> dict[str, Any]:
    """Return what the TOML file *path* holds.

    Raises:
        SettingError: it cannot be read; names the file and the line.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path.name} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path.name} is not TOML: {error}.") from None


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested tables as dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        flat |= flatten(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return flat


def resolve(value: Any, environ: Mapping[str, str], key: str) -> Any:
    """Look up a value that is a reference, `env:NAME`."""
    if not (isinstance(value, str) and value.startswith("env:")):
        return value
    name = value.removeprefix("env:")
    if name not in environ:
        raise SettingError(f"{key} refers to the variable {name}, which is not set.")
    return environ[name]


def _reserved(name: str) -> bool:
    return name in RESERVED or name.startswith(("NEXUS_TEST_", "NEXUS_SKIP_"))


def _typed(setting: Setting, value: Any, where: str) -> Any:
    wanted = _TYPES[setting.type]
    if isinstance(value, wanted) and not (wanted is int and isinstance(value, bool)):
        return value
    if setting.type == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return _from_text(setting.type, value)
        except (ValueError, KeyError):
            pass
    raise SettingError(f"{where}: {setting.key} must be of type {setting.type}, not {value!r}.")


def _from_text(kind: str, text: str) -> Any:
    match kind:
        case "int":
            return int(text)
        case "float":
            return float(text)
        case "bool":
            return _WORDS[text.strip().lower()]
        case "list":
            return [part.strip() for part in text.split(",") if part.strip()]
        case _:
            return text
