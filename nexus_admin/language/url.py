"""The URL form: `?filter=` takes the text form, or the JSON form where it begins with a brace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Schema
from nexus_admin.language.json_form import from_json
from nexus_admin.language.paths import Decide
from nexus_admin.language.scanner import MAX_TEXT
from nexus_admin.language.text import parse, print_text

PARAMETER = "filter"


def read(params: Mapping[str, str], schema: Schema, resource: str, decide: Decide | None = None) -> Expression | None:
    """Return the filter among *params*, None where there is none.

    Raises:
        UnknownField, UnknownOperator, BadExpression: as `read_filter`.
    """
    return read_filter(params.get(PARAMETER, ""), schema, resource, decide)


def read_filter(
    given: str | Mapping[str, Any], schema: Schema, resource: str, decide: Decide | None = None
) -> Expression | None:
    """Read a filter in any form: text, JSON as text, or JSON already read. Empty is None.

    Raises:
        UnknownField, UnknownOperator: names the nearest neighbour.
        BadExpression: says what cannot be read.
    """
    if not isinstance(given, str):
        return from_json(given)
    text = given.strip()
    if not text:
        return None
    if not text.startswith("{"):
        return parse(text, schema, resource, decide)
    if len(text) > MAX_TEXT:
        raise BadExpression(f"A filter may have {MAX_TEXT:,} letters; this one has {len(text):,}.")
    try:
        obj = json.loads(text)
    except RecursionError:
        raise BadExpression("The filter's JSON is nested too deep.") from None
    except ValueError as error:
        raise BadExpression(f"The filter begins with a brace but is no JSON: {error}.") from None
    return from_json(obj)


def write(expr: Expression | None, schema: Schema, resource: str) -> str:
    """Return the value of `?filter=` for *expr*, in the text form; empty for everything.

    Raises:
        UnknownField, UnknownOperator, BadExpression: *expr* could not be run over *resource*.
    """
    return "" if expr is None else print_text(expr, schema, resource)
