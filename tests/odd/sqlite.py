"""A SQLite database that breaks tools: any value in any column."""

TYPES = (
    ("none", "", ("1", "'1'", "1.0", "x'31'", "'text'")),
    ("boolean", "BOOLEAN", ("2", "'maybe'", "''", "1", "0")),
    ("date", "DATE", ("'0000-00-00'", "'10000-01-01'", "'infinity'", "''", "1700000000", "'2024-01-31'")),
    ("moment", "DATETIME", ("'24:00:00'", "'2024-01-01T00:00:00Z'", "'2024-01-01 00:00:00.123456789'", "-1")),
    ("clock", "TIME", ("'24:00:00'", "'12:00:00+14:00'", "'12:30'")),
    ("json", "JSON", ("'{bad'", """'{ "a":1, "a":2 }'""", "'null'", "'1e400'", "''")),
    ("scaled", "NUMERIC(10,2)", ("1.005", "'abc'", "12345678901234567", "9e999", "-9e999", "3", "''")),
    ("whole", "INTEGER", ("'abc'", "1.5", "4611686018427387904", "x'0001'", "''")),
    ("text", "TEXT", ("x'fffe'", "5", "''", "' '", "char(13,10)||'line'||char(13,10)", "'<script>alert(1)</script>'")),
    ("broken", "TEXT", ("cast(x'636166e9' as text)", "'a'")),
    ("uuid", "UUID", ("'NOT-A-UUID'", "'0193A1B2-0000-7000-8000-00000000000F'", "x'30313233343536373839616263646566'")),
    ("blob", "BLOB", ("x'00ff'", "'text in a blob'", "7")),
    ("inet", "INET", ("'10.0.0.1'", "5", "1.5")),
    ("money", "MONEY", ("12.5", "'$12'")),
    ("nothing", "WHATEVER", ("1", "'a'")),
)  # fmt: skip
"""Table, type and values as SQL."""

MAKE = ()
MORE = (
    "CREATE TABLE guarded (id INTEGER PRIMARY KEY, note TEXT)",
    "INSERT INTO guarded (note) VALUES ('a'), ('b')",
    "CREATE TRIGGER no BEFORE UPDATE ON guarded BEGIN SELECT RAISE(ABORT, 'The house says no to <b>it</b>'); END",
    "CREATE TABLE computed (id INTEGER PRIMARY KEY, a INTEGER, twice INTEGER AS (a * 2) STORED)",
    "INSERT INTO computed (a) VALUES (1), (NULL)",
    "CREATE VIEW dividing AS SELECT id, abs(-9223372036854775807 - id / id) AS share FROM guarded",
    "CREATE TABLE taken (rowid TEXT, _rowid_ TEXT, oid TEXT)",
    "INSERT INTO taken VALUES ('a', 'b', 'c')",
)
