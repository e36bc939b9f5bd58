"""A schema as types: pydantic models, and declarations for TypeScript. The same schema always gives the same text."""

from __future__ import annotations

import difflib
import json
import keyword
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from nexus_admin.domain.address import segment
from nexus_admin.domain.resource import Field, Schema

PYTHON = {
    "integer": "int", "year": "int", "decimal": "Decimal", "money": "Decimal", "percent": "Decimal",
    "boolean": "bool", "date": "date", "datetime": "datetime", "time": "time", "uuid": "UUID",
    "json": "Any", "array": "list[Any]", "vector": "list[float]", "unknown": "Any",
}  # fmt: skip
SCRIPT = {
    "integer": "number", "year": "number", "boolean": "boolean", "json": "unknown", "array": "unknown[]",
    "vector": "number[]", "unknown": "unknown",
}  # fmt: skip
"""Kinds whose values are no text over the API: decimals and moments travel as text, so that nothing is rounded."""

HEAD = """from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
"""


def python_types(schema: Schema) -> str:
    """Return a module with one pydantic model for each table of *schema*, in the order of their names."""
    parts = [f'"""Rows of {schema.source}. Written by `nexus generate types`."""\n\n{HEAD}']
    for title, name in _titled(schema):
        parts.append(f"\n\nclass {title}(BaseModel):")
        parts.append(f"    {json.dumps(name, ensure_ascii=False)[1:-1]!r}\n")
        parts.append("    model_config = ConfigDict(populate_by_name=True)\n")
        fields = schema.resources[name].fields
        spelled = _free((_snake(one.name) for one in fields), _snake)
        parts += [_python_line(field, python) for field, python in zip(fields, spelled, strict=True)]
    return "\n".join(parts) + "\n"


def script_types(schema: Schema) -> str:
    """Return TypeScript declarations of the rows as the API sends them."""
    parts = [f"// Rows of {schema.source} as the API sends them. Written by `nexus generate types`."]
    for title, name in _titled(schema):
        lines = [f"  {json.dumps(one.name)}: {_script_type(one)};" for one in schema.resources[name].fields]
        parts.append("\n".join(["", f"export interface {title} {{", *lines, "}"]))
    return "\n".join(parts) + "\n"


def _python_line(field: Field, name: str) -> str:
    given = _literal(field, "Literal[{}]", ", ") or PYTHON.get(field.kind, "str")
    kind = f"{given} | None" if field.nullable else given
    default = "default=None" if field.nullable else ""
    alias = "" if name == field.name else f"alias={field.name!r}"
    said = ", ".join(part for part in (default, alias) if part)
    return f"    {name}: {kind}" + (f" = Field({said})" if alias else " = None" if default else "")


def _script_type(field: Field) -> str:
    given = _literal(field, "{}", " | ") or SCRIPT.get(field.kind, "string")
    return f"{given} | null" if field.nullable else given


def _literal(field: Field, shape: str, between: str) -> str:
    """The values of an enum that takes no others, spelled alike in both languages."""
    if not field.choices or field.open_choices or PYTHON.get(field.kind):
        return ""
    return shape.format(between.join(json.dumps(one) for one in field.choices))


def _titled(schema: Schema) -> Iterator[tuple[str, str]]:
    names = sorted(schema.resources)
    return zip(_free((_pascal(name) for name in names), str), names, strict=True)


def _free(names: Iterable[str], spell: Callable[[str], str]) -> list[str]:
    """Return *names* with a number behind each that is there already."""
    taken: list[str] = []
    for name in names:
        chosen, number = name, 2
        while chosen in taken:
            chosen, number = spell(f"{name}_{number}"), number + 1
        taken.append(chosen)
    return taken


def _pascal(text: str) -> str:
    words = re.findall(r"[^\W_]+", text)
    found = "".join(word[0].upper() + word[1:] for word in words)
    return found if found.isidentifier() and not keyword.iskeyword(found) else f"Table{found}"


def _snake(text: str) -> str:
    found = re.sub(r"\W+", "_", text).strip("_").lower()
    reserved = keyword.iskeyword(found) or found.startswith("model_") or found in RESERVED
    return found if found.isidentifier() and not reserved else f"field_{found}"


RESERVED = frozenset({
    "copy", "json", "dict", "schema", "validate", "construct", "parse_obj", "parse_raw", "parse_file", "from_orm",
    "update_forward_refs", "schema_json", "date", "datetime", "time",
})  # fmt: skip
"""Names that a pydantic model, or the types in it, have for themselves."""


def texts(schema: Schema, folder: Path) -> dict[Path, str]:
    """Return the files of types of *schema* in *folder*, and of the client for pages, with what is to stand in them."""
    from nexus_admin.cli.client_text import client_types

    name = segment(schema.source)
    own = {folder / f"{name}.py": python_types(schema), folder / f"{name}.d.ts": script_types(schema)}
    return own | {folder / "client.d.ts": client_types()}


def differences(path: Path, text: str) -> list[str]:
    """Return what *text* changes in the file *path*, as lines of a unified diff; none where it is the same."""
    before = path.read_text("utf-8").splitlines() if path.is_file() else []
    names = (f"{path} (as it is)", f"{path} (as the database has it)")
    return list(difflib.unified_diff(before, text.splitlines(), *names, lineterm=""))
