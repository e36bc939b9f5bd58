"""Settings in five layers, each value with the layer that it came from.

Defaults < `nexus.toml` < environment (`NEXUS_SERVER__PORT`) < runtime (stored,
audited) < command line. An unknown key is an error that offers its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nexus_admin.domain.errors import SettingError
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.setting import Layer, Origin, Setting
from nexus_admin.domain.toml_file import read_toml

PREFIX = "NEXUS_"
RESERVED = frozenset({"NEXUS_SECRET_KEY", "NEXUS_CONFIG", "NEXUS_REQUIRE_SERVICES", "NEXUS_SHARED"})
"""Variables with our prefix that are no settings, beside those that begin with NEXUS_TEST_ or NEXUS_SKIP_."""

LAYERS: tuple[Layer, ...] = ("default", "file", "environment", "runtime", "command line")
"""From the bottom to the top: the topmost layer that says something counts."""

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool, "list": list}
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Settings:
    """What is set, and where each value came from.

    Args:
        declared: Every setting that may be there.
        environ: The process's environment.
    """

    def __init__(self, declared: Iterable[Setting], environ: Mapping[str, str]) -> None:
        self.declared: dict[str, Setting] = {}
        self._environ = environ
        self._layers: dict[str, dict[Layer, Origin]] = {}
        self._waiting: list[tuple[str, Any, Layer, str]] = []
        self.declare(declared)

    def __getitem__(self, key: str) -> Any:
        return self.origin(key).value

    def origin(self, key: str) -> Origin:
        """Return the value of *key* with its layer and place."""
        layers = self._layers[key]
        return next(layers[layer] for layer in reversed(LAYERS) if layer in layers)

    def declare(self, settings: Iterable[Setting]) -> None:
        """Add what the house and extensions declare; values that waited for their extension are laid.

        Raises:
            SettingError: the key is taken, or a value that waited does not fit.
        """
        for one in settings:
            if one.key in self.declared:
                raise SettingError(
                    f"Two settings are called {one.key!r}: {self.declared[one.key].owner}'s and {one.owner}'s."
                )
            self.declared[one.key] = one
            self._layers[one.key] = {"default": Origin(one.default, "default")}
            for key, value, layer, where in [waiting for waiting in self._waiting if waiting[0] == one.key]:
                self._waiting.remove((key, value, layer, where))
                self.lay({key: value}, layer, where)

    def waiting(self) -> list[str]:
        """Return a sentence for each value whose extension never declared it."""
        return [
            f"{where or layer}: there is no setting called {key!r}. No extension that is on declares it."
            for key, _, layer, where in self._waiting
        ]

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
            if setting is None and key.startswith("extensions.") and key.count(".") > 1:
                self._waiting.append((key, value, layer, where))
                continue
            if setting is None:
                hint = did_you_mean(key, self.declared, "`nexus config show` lists them all.")
                raise SettingError(f"{where or layer}: there is no setting called {key!r}.{hint}")
            self._layers.setdefault(key, {})[layer] = Origin(_fitting(setting, value, where or layer), layer, where)

    def drop(self, layer: Layer) -> None:
        """Take one layer away; what lies below it counts again."""
        for origins in self._layers.values():
            origins.pop(layer, None)

    def typed(self, key: str, text: str) -> Any:
        """Return *text* as the value of *key*.

        Raises:
            SettingError: it does not fit the setting.
        """
        return _fitting(self.declared[key], text, "here")

    def secret(self, key: str) -> Any:
        """Return the value of *key* with `env:NAME` looked up.

        Raises:
            SettingError: the variable is not there.
        """
        return resolve(self[key], self._environ, key)

    def sources(self) -> dict[str, dict[str, Any]]:
        """Return what is said of each data source, by name, references looked up."""
        found: dict[str, dict[str, Any]] = {}
        for key in self._layers:
            parts = key.split(".")
            if parts[0] == "sources" and len(parts) == 3:
                found.setdefault(parts[1], {})[parts[2]] = self.secret(key)
        return found

    def shown(self) -> Iterator[tuple[str, str, Origin]]:
        """Yield (key, value as people may see it, origin) for every value, sorted by key."""
        for key in sorted(self._layers):
            origin = self.origin(key)
            setting = self.declared.get(key) or self._source_setting(key)
            hide = setting is not None and setting.secret and origin.value and not str(origin.value).startswith("env:")
            yield key, "••••" if hide else str(origin.value), origin

    def listed(self) -> Iterator[tuple[Setting, Origin, str]]:
        """Yield (setting, origin, value as people may see it) for every declared setting, in the order of its key."""
        for key, text, origin in self.shown():
            if key in self.declared:
                yield self.declared[key], origin, text

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


def _fitting(setting: Setting, value: Any, where: str) -> Any:
    found = _typed(setting, value, where)
    if setting.check is not None:
        setting.check(found)
    return found


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
