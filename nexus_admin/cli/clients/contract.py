"""What a client can call and with what, read off the description of the API: calls, and named shapes, in one language.

The same description always gives the same contract, so that two of them can be compared name by name.
"""

from __future__ import annotations

import builtins
import json
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, ClassVar, Protocol

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Refused

JSON = "application/json"
VERBS = frozenset({"get", "post", "put", "patch", "delete"})
PATH = re.compile(r"(/([A-Za-z0-9_.~,-]|\{[a-z]+\})+)+")
PLACE = re.compile(r"[a-z]+")
QUERY = re.compile(r"[a-z][a-z0-9_]*")
TAKEN = frozenset(
    {*dir(builtins), "Any", "Array", "Boolean", "Client", "Error", "Literal", "NexusProblem", "NotRequired", "Number",
     "Promise", "Record", "String", "TypedDict"}
)  # fmt: skip
"""What a shape cannot be called, since a client needs the name itself."""
KINDS = {
    "integer": "integer", "year": "integer", "boolean": "boolean", "json": "any", "array": "array", "vector": "array",
    "unknown": "any",
}  # fmt: skip
"""Kinds of columns whose values are no text over the API."""


class Words(Protocol):
    """How a language spells types."""

    plain: ClassVar[Mapping[str, str]]

    def array(self, inner: str) -> str:
        """Many of *inner*."""
        ...

    def mapping(self, inner: str) -> str:
        """Texts to *inner*."""
        ...

    def literal(self, value: Any) -> str:
        """Just *value*."""
        ...

    def method(self, words: list[str]) -> str:
        """Return the name of a method, from its words in small letters."""
        ...


@dataclass(frozen=True, slots=True)
class Shape:
    """An object's fields by name: how each is typed, and whether it is always there."""

    name: str
    fields: Mapping[str, tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Method:
    """One call.

    Args:
        name: As the client has it.
        verb, path: How it is asked for; `{key}` in it is filled in.
        places: Names in the path, in order.
        query: What stands behind `?`, by name.
        takes: The type of its body; "" for none.
        gives: The type of its answer; "" for none.
        part: The only field of the answer that is handed out; "" for the whole of it.
        about: What it does.
    """

    name: str
    verb: str
    path: str
    places: tuple[str, ...]
    query: Mapping[str, str]
    takes: str
    gives: str
    part: str
    about: str

    @property
    def told(self) -> str:
        """Return it in one line, for comparing."""
        query = ", ".join(f"{name}?: {kind}" for name, kind in self.query.items())
        return f"{self.verb} {self.path} ({self.takes}) [{query}] -> {self.gives or 'nothing'}"


@dataclass(slots=True)
class Contract:
    """What there is to call, in one language."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    methods: dict[str, Method] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept beside a client, for the next check."""
        return {
            "methods": {name: one.told for name, one in self.methods.items()},
            "types": {
                name: {key: kind if needed else f"{kind}, may lack" for key, (kind, needed) in one.fields.items()}
                for name, one in self.shapes.items()
            },
        }


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what is not as a client has it, a sentence each: which call or field, what it was and what it is."""
    told = []
    for name in sorted({*before["methods"], *now["methods"]}):
        told += _differs(f"{name}()", before["methods"].get(name), now["methods"].get(name))
    for shape in sorted({*before["types"], *now["types"]}):
        was, new = before["types"].get(shape, {}), now["types"].get(shape, {})
        for name in sorted({*was, *new}):
            told += _differs(f"{shape}.{name}", was.get(name), new.get(name))
    return told


def _differs(name: str, was: str | None, now: str | None) -> list[str]:
    if was == now:
        return []
    if was is None:
        return [f"{name} is new: {now}."]
    return [f"{name} is gone." if now is None else f"{name} was {was} and is {now}."]


def read(description: Mapping[str, Any], words: Words) -> Contract:
    """Return the contract of a description of the API, as one asker is given it.

    Raises:
        Refused: no Nexus describes itself like that. Whatever stands in it becomes text in a file that is run later.
    """
    try:
        return _Reader(description["components"]["schemas"], words).read(description["paths"])
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError, StopIteration) as error:
        raise Refused("That is no description of the API of a Nexus, so no client is written for it.") from error


class _Reader:
    """Reads one description."""

    def __init__(self, schemas: Mapping[str, Any], words: Words) -> None:
        self._schemas, self._words = schemas, words
        self._names: dict[str, str] = {}
        self._contract = Contract()

    def read(self, paths: Mapping[str, Mapping[str, Any]]) -> Contract:
        for path, verb, operation in sorted(_callable(paths), key=lambda one: str(one[2]["operationId"])):
            self._add(path, verb, operation)
        return self._contract

    def _add(self, path: str, verb: str, operation: Mapping[str, Any]) -> None:
        id = str(operation["operationId"])
        parts = [one for one in re.split(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])", _short(id)) if one]
        if not parts or not parts[0][0].isalpha():
            parts = ["do", *parts]
        name = self._words.method([one.lower() for one in parts])
        while name in self._contract.methods:
            name += "2"
        query = {
            one["name"]: self._kind(one["schema"], f"{id}.{one['name']}")
            for one in operation["parameters"] if one["in"] == "query"
        }  # fmt: skip
        body = operation.get("requestBody")
        takes = self._kind(body["content"][JSON]["schema"], f"{id}.takes") if body else ""
        gives, part = self._gives(operation, id)
        places = tuple(one["name"] for one in operation["parameters"] if one["in"] == "path")
        _check(path, places, query)
        about = _line(str(operation["summary"]))
        self._contract.methods[name] = Method(name, verb.upper(), path, places, query, takes, gives, part, about)

    def _gives(self, operation: Mapping[str, Any], id: str) -> tuple[str, str]:
        answer = next(one for status, one in operation["responses"].items() if status.startswith("2"))
        schema = answer.get("content", {}).get(JSON, {}).get("schema")
        if schema is None:
            return "", ""
        found = self._schemas[_name_of(schema)] if "$ref" in schema else schema
        if list(found.get("properties", ())) == ["result"]:
            return self._kind(found["properties"]["result"], f"{id}.gives"), "result"
        return self._kind(schema, f"{id}.gives"), ""

    def _kind(self, schema: Mapping[str, Any] | bool, within: str) -> str:
        """Return the type of a JSON Schema; objects in it become shapes, called after where they stand."""
        return self._words.plain["any"] if isinstance(schema, bool) else self._typed(schema, within)

    def _typed(self, schema: Mapping[str, Any], within: str) -> str:
        plain = self._words.plain
        if "$ref" in schema:
            return self._named(_name_of(schema))
        if "const" in schema or "enum" in schema:
            return " | ".join(map(self._words.literal, schema.get("enum", [schema.get("const")])))
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return _either([self._kind(one, within) for one in schema[key]])
        if "allOf" in schema:
            return self._kind(_together([self._whole(one) for one in schema["allOf"]]), within)
        if "x-kind" in schema and "type" not in schema:
            return _either([self._kind({"type": KINDS.get(schema["x-kind"], "string")}, within), plain["null"]])
        kind = schema.get("type", "any")
        if isinstance(kind, list):
            return _either([self._kind({**schema, "type": one}, within) for one in kind])
        if kind == "array":
            return self._words.array(self._kind(schema.get("items") or {}, f"{within}.item"))
        if kind == "object":
            return self._object(schema, within)
        return plain.get(kind, plain["any"])

    def _object(self, schema: Mapping[str, Any], within: str) -> str:
        if not schema.get("properties"):
            more = schema.get("additionalProperties")
            return self._words.mapping(self._kind(more if isinstance(more, dict) else {}, f"{within}.value"))
        name = self._free(within)
        self._fill(name, schema, within)
        return name

    def _named(self, id: str) -> str:
        if id not in self._names:
            schema = self._schemas[id]
            if schema.get("type") != "object" or not schema.get("properties"):
                return self._kind(schema, id)
            self._names[id] = self._free(id)  # before its fields, which may hold it
            self._fill(self._names[id], schema, id)
        return self._names[id]

    def _fill(self, name: str, schema: Mapping[str, Any], within: str) -> None:
        needed = set(schema.get("required", ()))
        self._contract.shapes[name] = Shape(name, {})
        fields = {key: (self._kind(one, f"{within}.{key}"), key in needed) for key, one in schema["properties"].items()}
        self._contract.shapes[name] = Shape(name, fields)

    def _free(self, text: str) -> str:
        parts = re.findall(r"[A-Za-z0-9]+", text)
        name = "".join(one[0].upper() + one[1:] for one in parts)
        name = name if name.isidentifier() and not keyword.iskeyword(name) else f"Shape{name}"
        while name in self._contract.shapes or name in TAKEN:
            name += "2"
        return name

    def _whole(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._schemas[_name_of(schema)] if "$ref" in schema else schema
        return found


def _callable(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield what can be called as it stands and answers in JSON: no pattern for all tables, no download."""
    for path, operations in paths.items():
        if {"{source}", "{resource}", "{action}"} & set(re.findall(r"\{\w+\}", path)):
            continue
        for verb, operation in operations.items():
            if verb not in VERBS:
                continue
            answer: Mapping[str, Any] = next(
                (one for status, one in operation["responses"].items() if status.startswith("2")), {}
            )
            body = operation.get("requestBody", {}).get("content", {JSON: {}})
            if list(answer.get("content", {JSON: {}})) == [JSON] and JSON in body:
                yield path, verb, operation


def _short(id: str) -> str:
    """Return what an operation is called, without what only says that it is an action."""
    return re.sub(r"^do(Row)?Action\.", "", id)


def _check(path: str, places: Iterable[str], query: Iterable[str]) -> None:
    """Refuse what cannot stand in an address of ours, before it stands in a line of code."""
    known = PATH.fullmatch(path) and all(map(PLACE.fullmatch, places)) and all(map(QUERY.fullmatch, query))
    if not known or set(places) != set(re.findall(r"\{(\w+)\}", path)) or {"self", "data", "query"} & {*places, *query}:
        raise Refused(f"{_line(path)[:200]!r} is no address of the API of a Nexus, so no client is written for it.")


def _line(text: str) -> str:
    """Return *text* in one line, without letters that nobody sees."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _name_of(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).removeprefix("#/components/schemas/")


def _either(kinds: list[str]) -> str:
    return " | ".join(dict.fromkeys(kinds))


def _together(schemas: list[Mapping[str, Any]]) -> dict[str, Any]:
    properties = {key: one for schema in schemas for key, one in schema.get("properties", {}).items()}
    required = [key for schema in schemas for key in schema.get("required", ())]
    return {"type": "object", "properties": properties, "required": required}


def literal(value: Any) -> str:
    """Return *value* as JSON, which JavaScript reads; a letter that nobody sees is written as its number."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)
