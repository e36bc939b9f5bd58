"""MariaDB: its own types, checks, broken views, and relations that nobody declared."""

from __future__ import annotations

import pytest

from tests.data.introspect.scans import Scan

TYPES = """
CREATE TABLE everything (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  e enum('a','it''s') NOT NULL DEFAULT 'a', s set('x','y'),
  flag tinyint(1) NOT NULL DEFAULT 0, small tinyint, b8 bit(8),
  j json, j2 longtext CHECK (json_valid(j2)), y year, u uuid, ip6 inet6, p point, bl blob,
  dt datetime DEFAULT CURRENT_TIMESTAMP,
  t time, d date, total decimal(12,4), dbl double, mt mediumtext, lvl int CHECK (lvl between 1 and 5),
  st varchar(10) CHECK (st in ('new','old')), q int CHECK (q > 0), len varchar(50) CHECK (char_length(len) <= 20),
  twice int GENERATED ALWAYS AS (lvl * 2) VIRTUAL, kept int AS (lvl + 1) PERSISTENT, `we``ird %s :x;"'` varchar(5),
  n varchar(10) DEFAULT NULL, c varchar(9) NOT NULL DEFAULT 'hi') COMMENT 'All of it'
"""


@pytest.mark.req("S003-CRUD-01")
def test_every_type_becomes_a_kind_and_what_we_do_not_own_is_read_as_text(scan_mariadb: Scan) -> None:
    everything = scan_mariadb(TYPES).resource("everything")
    kinds = {field.name: field.kind for field in everything.fields if not field.as_text}
    as_text = {field.name: field.kind for field in everything.fields if field.as_text}
    assert kinds == {
        "id": "integer", "e": "enum", "s": "text", "flag": "boolean", "small": "integer", "j": "json", "j2": "json",
        "y": "year", "u": "uuid", "bl": "binary", "dt": "datetime", "t": "time", "d": "date", "total": "money",
        "dbl": "decimal", "mt": "long_text", "lvl": "integer", "st": "enum", "q": "integer", "len": "text",
        "twice": "integer", "kept": "integer", "we`ird %s :x;\"'": "text", "n": "text", "c": "text",
    }  # fmt: skip
    assert as_text == {"b8": "bits", "ip6": "ip", "p": "geometry"}


def test_checks_defaults_and_comments_are_read(scan_mariadb: Scan) -> None:
    everything = scan_mariadb(TYPES).resource("everything")
    field = everything.field
    assert field("e").choices == ("a", "it's")
    assert field("st").choices == ("new", "old")
    assert (field("lvl").minimum, field("lvl").maximum, field("q").minimum) == ("1", "5", "1")
    assert field("len").max_length == 20
    assert (field("n").default, field("c").default, field("id").default) == (None, "'hi'", "auto_increment")
    assert not field("c").required
    assert [name for name in ("twice", "kept") if field(name).generated] == ["twice", "kept"]
    assert not field("dt").generated
    assert everything.comment == "All of it"


def test_a_broken_view_is_left_out_and_said(scan_mariadb: Scan) -> None:
    schema = scan_mariadb("""
CREATE TABLE gone (id int PRIMARY KEY);
CREATE TABLE kept (id int PRIMARY KEY, name varchar(9));
CREATE VIEW broken AS SELECT id FROM gone;
CREATE VIEW fine AS SELECT id FROM kept;
CREATE TABLE keyless (a int);
DROP TABLE gone;
""")
    assert set(schema.resources) == {"kept", "fine", "keyless"}
    assert any("broken" in sentence for sentence in schema.unsure)
    assert schema.resource("keyless").why_read_only == "It has no key, so a row cannot be told from its copies."


def test_relations_that_nobody_declared_are_guessed_with_their_evidence(scan_mariadb: Scan) -> None:
    customers = ", ".join(f"('C{number}', 'Name {number}')" for number in range(100))
    orders = ", ".join(f"('C{number if number else 'x'}', {number + 1}, 'EUR')" for number in range(75))
    schema = scan_mariadb(f"""
CREATE TABLE customers (id int PRIMARY KEY AUTO_INCREMENT, code varchar(10) UNIQUE, name varchar(40));
CREATE TABLE orders (id int PRIMARY KEY AUTO_INCREMENT, customer_ref varchar(10), customer_id int,
  currency char(3), total decimal(8,2));
INSERT INTO customers (code, name) VALUES {customers};
INSERT INTO orders (customer_ref, customer_id, currency) VALUES {orders};
""")
    by_id, by_code = schema.resource("orders").relations[1], schema.resource("orders").relations[0]
    assert (by_id.name, by_id.to, by_id.declared) == ("customer", "customers", False)
    assert by_id.evidence == "100 % of orders.customer_id are found in customers.id"
    assert by_code.evidence == "98.7 % of orders.customer_ref are found in customers.code"
    assert any(by_code.evidence in sentence for sentence in schema.unsure)
    total = schema.resource("orders").field("total")
    assert (total.unit, total.options["currency_field"]) == ("EUR", "currency")
