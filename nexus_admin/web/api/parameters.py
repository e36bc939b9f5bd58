"""What can be asked in query strings and headers, as the description tells it."""

from __future__ import annotations

from nexus_admin.actions.listing import MAX_PAGE
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
