"""The bar to reach: Starlette, SQLAlchemy Core and Jinja2 doing the same SQL as our pages, and nothing else.

No sign-in, no rules, no audit, no counts. Serve it with `uvicorn --factory tests.benchmarks.bare:from_environment`
and the shop's URL in `NEXUS_BARE_URL`.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from jinja2 import DictLoader, Environment
from sqlalchemy.dialects.sqlite import DATETIME
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

PAGE = 50
COLUMNS = ("id", "number", "customer_id", "status", "updated_at", "placed_at", "total", "item_count", "channel",
           "payment_method", "warehouse")  # fmt: skip
EDITABLE = ("status", "channel", "warehouse", "note")
TEMPLATES = {
    "list.html": """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head><body>
<h1>{{ title }}</h1><table><thead><tr>{% for name in names %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr><td><a href="/{{ title }}/{{ row[0] }}">{{ row[0] }}</a></td>
{%- for value in row[1:] %}<td>{{ "—" if value is none else value }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>{% if next %}<a rel="next" href="?{{ next }}">next</a>{% endif %}</body></html>""",
    "record.html": """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head><body>
<h1>{{ title }}</h1><dl>{% for name, value in fields %}<dt>{{ name }}</dt><dd>{{ "—" if value is none else value }}</dd>
{% endfor %}</dl></body></html>""",
}


class Shop:
    """The statements, made once, and the connections they run on."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url, pool_size=16, max_overflow=16)
        metadata = sa.MetaData()
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _tune)
            sa.event.listen(metadata, "column_reflect", _plain_timestamp)
        self.orders = sa.Table("orders", metadata, autoload_with=self.engine, resolve_fks=False)
        self.customers = sa.Table("customers", metadata, autoload_with=self.engine, resolve_fks=False)
        orders, customers = self.orders, self.customers
        newest = sa.select(*(orders.c[name] for name in COLUMNS)).order_by(
            orders.c.placed_at.desc(), orders.c.id.desc()
        )
        beyond = sa.tuple_(orders.c.placed_at, orders.c.id) < sa.tuple_(sa.bindparam("placed_at"), sa.bindparam("id"))
        status = orders.c.status == sa.bindparam("status")
        self.lists = {
            (False, False): newest.limit(PAGE + 1),
            (True, False): newest.where(status).limit(PAGE + 1),
            (False, True): newest.where(beyond).limit(PAGE + 1),
            (True, True): newest.where(status, beyond).limit(PAGE + 1),
        }
        self.names = sa.select(customers.c.id, customers.c.name).where(
            customers.c.id.in_(sa.bindparam("ids", expanding=True))
        )
        found: sa.BindParameter[str] = sa.bindparam("pattern")
        self.search = (
            sa.select(*(customers.c[name] for name in ("id", "name", "email", "city", "country", "tier", "created_at")))
            .where(sa.or_(customers.c.name.ilike(found), customers.c.email.ilike(found)))
            .order_by(customers.c.id)
            .limit(PAGE + 1)
        )
        self.record = sa.select(orders).where(orders.c.id == sa.bindparam("id"))
        self.updates = {
            name: sa.update(orders).where(orders.c.id == sa.bindparam("key")).values({name: sa.bindparam("value")})
            for name in EDITABLE
        }
        self.pages = Environment(loader=DictLoader(TEMPLATES), autoescape=True)

    def order_list(self, asked: Mapping[str, str]) -> str:
        """Return one page of orders, newest first, with the names of their customers by one further statement."""
        given: dict[str, Any] = {name: asked[name] for name in ("status",) if name in asked}
        if "after" in asked:
            moment, _, key = asked["after"].rpartition(",")
            given |= {"placed_at": datetime.fromisoformat(moment), "id": int(key)}
        with self.engine.connect() as connection:
            rows = connection.execute(self.lists["status" in asked, "after" in asked], given).all()
            ids = list({row.customer_id for row in rows})
            names = {row.id: row.name for row in connection.execute(self.names, {"ids": ids})}
        shown = [(row[0], row[1], names[row[2]], *row[3:]) for row in rows[:PAGE]]
        more = f"after={rows[PAGE - 1].placed_at},{rows[PAGE - 1].id}" if len(rows) > PAGE else ""
        return self.pages.get_template("list.html").render(title="orders", names=COLUMNS, rows=shown, next=more)

    def customer_list(self, asked: Mapping[str, str]) -> str:
        """Return the first page of customers whose name or e-mail address holds a text."""
        with self.engine.connect() as connection:
            rows = connection.execute(self.search, {"pattern": f"%{asked.get('q', '')}%"}).all()
        names = tuple(self.search.selected_columns.keys())
        return self.pages.get_template("list.html").render(title="customers", names=names, rows=rows[:PAGE])

    def order_page(self, key: int) -> str:
        """Return the page of one order."""
        with self.engine.connect() as connection:
            row = connection.execute(self.record, {"id": key}).mappings().one_or_none()
            if row is None:
                raise HTTPException(404)
            names = {found.id: found.name for found in connection.execute(self.names, {"ids": [row["customer_id"]]})}
        fields = [*row.items(), ("customer", names[row["customer_id"]])]
        return self.pages.get_template("record.html").render(title=row["number"], fields=fields)

    def change_order(self, key: int, field: str, value: str) -> int:
        """Change one field of one order, commit, and return how many rows were changed."""
        with self.engine.begin() as connection:
            return connection.execute(self.updates[field], {"key": key, "value": value}).rowcount


def list_orders(request: Request) -> Response:
    """GET /orders?status=…&after=…,…: a page of orders."""
    return HTMLResponse(request.app.state.shop.order_list(request.query_params))


def list_customers(request: Request) -> Response:
    """GET /customers?q=…: a page of customers."""
    return HTMLResponse(request.app.state.shop.customer_list(request.query_params))


def show_order(request: Request) -> Response:
    """GET /orders/{key}: one order."""
    return HTMLResponse(request.app.state.shop.order_page(request.path_params["key"]))


async def change_order(request: Request) -> Response:
    """PATCH /orders/{key} with one field in a JSON object: change it."""
    ((field, value),) = (await request.json()).items()
    if field not in EDITABLE:
        raise HTTPException(422)
    changed = await run_in_threadpool(request.app.state.shop.change_order, request.path_params["key"], field, value)
    return JSONResponse({"changed": changed}, status_code=200 if changed else 404)


def build(url: str) -> Starlette:
    """Return the application over the shop at a SQLAlchemy URL."""
    app = Starlette(
        routes=[
            Route("/orders", list_orders),
            Route("/customers", list_customers),
            Route("/orders/{key:int}", show_order),
            Route("/orders/{key:int}", change_order, methods=["PATCH"]),
        ]
    )
    app.state.shop = Shop(url)
    return app


def from_environment() -> Starlette:
    """Return the application over the shop that `NEXUS_BARE_URL` names."""
    return build(os.environ["NEXUS_BARE_URL"])


def _tune(connection: Any, _record: object) -> None:
    """Give SQLite the settings that any server gives it."""
    for pragma in ("journal_mode = WAL", "busy_timeout = 5000"):
        connection.execute(f"PRAGMA {pragma}")


def _plain_timestamp(_inspector: object, _table: object, column: dict[str, Any]) -> None:
    """Compare timestamps as the shop's file holds them: without microseconds."""
    if isinstance(column["type"], sa.DateTime):
        column["type"] = DATETIME(truncate_microseconds=True)  # type: ignore[no-untyped-call]
