"""What each table is called in addresses, files and rules: its own name, with the schema outside the default one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from nexus_admin.data.catalog import Catalog

At = tuple[str | None, str]


def resource_names(catalog: Catalog) -> Mapping[At, str]:
    """Return the resource's name by (schema, table): `orders`, or `sales.orders`; no two are equal."""
    plain = {table.at: f"{table.schema}.{table.name}" if table.schema else table.name for table in catalog.tables}
    often = Counter(plain.values())
    found: dict[At, str] = {}
    taken: set[str] = set()
    for at, name in plain.items():
        if often[name] > 1 and at[0] is None:  # a table called `a.b` beside the table `b` of the schema `a`
            name = f"{catalog.default_schema or 'main'}.{name}"
        number = 2
        chosen = name
        while chosen in taken:
            chosen, number = f"{name} ({number})", number + 1
        taken.add(chosen)
        found[at] = chosen
    return found
