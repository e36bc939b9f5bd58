"""What can be asked in query strings and headers, as the description tells it."""

from __future__ import annotations

from pydantic import BaseModel

from nexus_admin.actions.rows.listing import MAX_PAGE
from nexus_admin.web.api.call import Parameter

FILTER = Parameter("filter", "Which rows: the expression language, as text (`status:paid total:>100`) or as JSON.")
SEARCH = Parameter("search", "Words that the search fields must contain.")
SORT = Parameter("sort", "Fields by comma, `-` for descending: `-placed_at,id`.")
FIELDS = Parameter("fields", "Fields by comma; empty for all that a list shows, which leaves out large ones.")
EXPAND = Parameter("expand", "Relations by comma, to be sent along under their names.")
AFTER = Parameter("after", "`next` or `previous` of an earlier page, or `last`.")
COUNT = Parameter(
    "count", "Also count, and how well.", {"type": "string", "enum": ["none", "estimate", "capped", "exact"]}
)
OFFSET = Parameter("offset", "Jump over so many rows.", {"type": "integer", "minimum": 0, "maximum": 10_000_000})


def limit(most: int, default: int) -> Parameter:
    """Return the parameter for how many things a page has."""
    return Parameter("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": most, "default": default})


LIST = (FILTER, SEARCH, SORT, FIELDS, EXPAND, limit(MAX_PAGE, 50), AFTER, OFFSET, COUNT)
ROW = (
    FIELDS,
    EXPAND,
    Parameter("If-None-Match", "The ETag that you have: 304 where the row is unchanged.", place="header"),
)
HISTORY = (limit(200, 20), Parameter("before", "`next` of the page before."))
IF_MATCH = Parameter("If-Match", "The ETag as you read it: 412 where the row was changed since.", place="header")
IDEMPOTENCY = Parameter(
    "Idempotency-Key",
    "Any text of yours: the same request with the same key is done once and answered alike for a day.",
    {"type": "string", "minLength": 1, "maxLength": 255},
    "header",
)
AUDIT = (
    limit(500, 50),
    Parameter("after", "`next` of the page before."),
    Parameter("facets", "Also what there is to filter by, with counts.", {"type": "string", "enum": ["1", "true"]}),
)
TIMELINE = (
    Parameter("grain", "By what to count.", {"type": "string", "enum": ["hour", "day"], "default": "day"}),
    Parameter("offset_minutes", "Where days begin, against UTC.", {"type": "integer", "minimum": -900, "maximum": 900}),
)


def of_model(model: type[BaseModel]) -> tuple[Parameter, ...]:
    """Return a model's fields as parts of a query string."""
    found = []
    for name, field in model.model_fields.items():
        schema = {"type": "boolean"} if field.annotation is bool else {"type": "string"}
        found.append(Parameter(name, field.description or "", schema))
    return tuple(found)
