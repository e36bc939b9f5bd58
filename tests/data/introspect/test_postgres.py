"""PostgreSQL: its own types, domains, partitions, schemas, and what a login may not see."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from nexus_admin.data.introspect import introspect
from tests.data.introspect.scans import Scan, scan_url

TYPES = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy''s');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN zip AS text CHECK (VALUE ~ '^\\d{5}$') NOT NULL;
CREATE DOMAIN share AS numeric(5,2) CHECK (VALUE >= 0 AND VALUE <= 100);
CREATE TABLE everything (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m mood, ms mood[], z zip, p share,
  tags text[] NOT NULL DEFAULT '{}',
  jb jsonb, x xml, mo money, iv interval, r int4range, pt point, ip inet, u uuid DEFAULT gen_random_uuid(), by bytea,
  b bit(3), tz timestamptz, d date, t time, ttz timetz, pr pair, vc varchar(12) CHECK (length(vc) <= 8),
  n numeric(10,2),
  tsv tsvector GENERATED ALWAYS AS (to_tsvector('simple', 'a')) STORED,
  lvl int CHECK (lvl BETWEEN 1 AND 5),
  st text CHECK (st IN ('a','b''c')), st2 varchar(10) CHECK (st2 IN ('x', 'y')),
  twice int GENERATED ALWAYS AS (2) STORED,
  price numeric CHECK (price > 0), "na""me %s :x;" text, ok boolean);
COMMENT ON TABLE everything IS 'All of it';
COMMENT ON COLUMN everything.m IS 'How it feels';
"""


@pytest.mark.req("S003-CRUD-01")
def test_every_type_becomes_a_kind_and_what_we_do_not_own_is_read_as_text(scan_postgres: Scan) -> None:
    everything = scan_postgres(TYPES).resource("everything")
    kinds = {field.name: field.kind for field in everything.fields if not field.as_text}
    as_text = {field.name: field.kind for field in everything.fields if field.as_text}
    assert kinds == {
        "id": "integer", "m": "enum", "z": "text", "p": "decimal", "tags": "array", "jb": "json", "u": "uuid",
        "by": "binary", "tz": "datetime", "d": "date", "t": "time", "vc": "text", "n": "decimal", "lvl": "integer",
        "st": "enum", "st2": "enum", "twice": "integer", "price": "money", 'na"me %s :x;': "text", "ok": "boolean",
    }  # fmt: skip
    assert as_text == {
        "ms": "array", "x": "unknown", "mo": "unknown", "iv": "duration", "r": "range", "pt": "geometry", "ip": "ip",
        "b": "bits", "ttz": "unknown", "pr": "unknown", "tsv": "unknown",
    }  # fmt: skip


def test_enums_domains_checks_and_comments_are_read(scan_postgres: Scan) -> None:
    everything = scan_postgres(TYPES).resource("everything")
    field = everything.field
    assert field("m").choices == ("sad", "ok", "happy's")
    assert field("m").comment == "How it feels"
    assert everything.comment == "All of it"
    assert field("z").required
    assert (field("z").native, field("z").options["base"]) == ("zip", "text")
    assert (field("p").minimum, field("p").maximum, field("p").scale) == ("0", "100", 2)
    assert field("vc").max_length == 8
    assert (field("lvl").minimum, field("lvl").maximum) == ("1", "5")
    assert (field("st").choices, field("st2").choices) == (("a", "b'c"), ("x", "y"))
    assert field("tags").unit == "text"
    assert not field("tags").required


def test_what_the_database_fills_is_never_asked_for(scan_postgres: Scan) -> None:
    field = scan_postgres(TYPES).resource("everything").field
    assert (field("id").generated, field("id").writable, field("id").required) == (False, False, False)
    assert field("id").why_read_only == "The database numbers the rows itself."
    assert (field("twice").generated, field("twice").writable) == (True, False)
    assert field("tsv").generated
    assert not field("u").required


def test_composite_keys_lead_both_ways_and_are_named_by_their_roles(scan_postgres: Scan) -> None:
    schema = scan_postgres("""
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE people (tenant_id int REFERENCES tenants, id int, name text NOT NULL, boss_id int,
    PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, boss_id) REFERENCES people);
CREATE TABLE letters (id int PRIMARY KEY, tenant_id int, sender_id int, receiver_id int,
    FOREIGN KEY (tenant_id, sender_id) REFERENCES people ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, receiver_id) REFERENCES people);
CREATE TABLE profile (tenant_id int PRIMARY KEY REFERENCES tenants, bio text);
""")
    letters, people = schema.resource("letters"), schema.resource("people")
    assert letters.relation("sender").pairs == (("tenant_id", "tenant_id"), ("sender_id", "id"))
    assert letters.relation("sender").title == "Sender"
    assert letters.field("sender_id").relation is None
    assert people.relation("sender_letters").on_delete == "cascade"
    assert people.relation("receiver_letters").inverse == "receiver"
    assert (people.relation("boss").to, people.relation("reports").many) == ("people", True)
    assert people.field("tenant_id").relation == "tenant"
    assert not schema.resource("tenants").relation("profile").many


def test_partitions_are_folded_under_their_parent(scan_postgres: Scan) -> None:
    schema = scan_postgres("""
CREATE TABLE people (id int PRIMARY KEY, name text);
CREATE TABLE logs (id int, at timestamptz, person_id int REFERENCES people, PRIMARY KEY (id, at))
  PARTITION BY RANGE (at);
CREATE TABLE logs_2024 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
""")
    parent, child = schema.resource("logs"), schema.resource("logs_2024")
    assert not parent.tucked
    assert parent.key == ("id", "at")
    assert child.tucked
    assert child.options["partition_of"] == "logs"
    assert [one.name for one in schema.resource("people").relations] == ["logs"]


def test_schemas_keep_tables_of_one_name_apart(scan_postgres: Scan) -> None:
    schema = scan_postgres("""
CREATE SCHEMA sales;
CREATE TABLE orders (id int PRIMARY KEY);
CREATE TABLE sales.orders (id int PRIMARY KEY, order_id int REFERENCES public.orders);
CREATE TABLE "sales.orders" (id int PRIMARY KEY);
""")
    assert set(schema.resources) == {"orders", "sales.orders", "public.sales.orders"}
    assert (schema.resource("sales.orders").schema, schema.resource("sales.orders").group) == ("sales", "Sales")
    assert schema.resource("public.sales.orders").table == "sales.orders"
    assert schema.resource("sales.orders").relation("order").to == "orders"


def test_views_and_keyless_tables_are_read_only_and_say_why(scan_postgres: Scan) -> None:
    schema = scan_postgres("""
CREATE TABLE keyless (a text);
CREATE TABLE uniq (code text NOT NULL UNIQUE);
CREATE TABLE nocolumns ();
CREATE VIEW v AS SELECT * FROM uniq;
CREATE VIEW fails AS SELECT 1 / (count(*) - count(*)) AS boom FROM uniq;
CREATE MATERIALIZED VIEW m AS SELECT code FROM uniq;
CREATE UNIQUE INDEX ON m (code);
""")
    why = {one.name: one.why_read_only for one in schema.resources.values()}
    assert why == {
        "keyless": "It has no key, so a row cannot be told from its copies.",
        "uniq": None,
        "v": "It is a view: its rows are made from other tables.",
        "fails": "It is a view: its rows are made from other tables.",
        "m": "It is a materialized view: it is refreshed, not edited.",
    }
    assert schema.resource("uniq").key == ("code",)
    assert schema.resource("m").key == ("code",)
    assert any("nocolumns" in sentence for sentence in schema.unsure)
    assert any("fails" in sentence for sentence in schema.unsure)


def test_what_the_login_may_not_read_is_left_out_and_said(new_postgres_url: str) -> None:
    name = sa.make_url(new_postgres_url).database
    scan_url(new_postgres_url, f"""
CREATE TABLE open (id int PRIMARY KEY, name text);
CREATE TABLE closed (id int PRIMARY KEY);
CREATE TABLE half (id int PRIMARY KEY, shown text, hidden text);
DO $$ BEGIN CREATE ROLE "reader_{name}" LOGIN; END $$;
GRANT SELECT ON open TO "reader_{name}";
GRANT SELECT (id, shown) ON half TO "reader_{name}";
""")  # fmt: skip
    engine = sa.create_engine(sa.make_url(new_postgres_url).set(username=f"reader_{name}"))
    try:
        schema = introspect(engine, "some")
    except Exception as reason:
        pytest.skip(f"The server lets no second login in: {reason}")
    finally:
        engine.dispose()
        scan_url(new_postgres_url, f'DROP OWNED BY "reader_{name}";\nDROP ROLE "reader_{name}";\n')
    assert set(schema.resources) == {"open", "half"}
    assert schema.resource("open").why_read_only == "The login may not change it."
    assert [field.name for field in schema.resource("half").fields] == ["id", "shown"]
    assert any("closed" in sentence for sentence in schema.unsure)
    assert any("hidden" in sentence for sentence in schema.unsure)
