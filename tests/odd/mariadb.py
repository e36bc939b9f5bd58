"""A MariaDB database that breaks tools: every type, and what Python has no value for."""

TYPES = (
    ("choice", "ENUM('a', 'b c', '', 'q''uote')", ("'a'", "'b c'", "''", "'q''uote'")),
    ("choices", "SET('a', 'b', 'c')", ("'a,b'", "''", "'c'")),
    ("year", "YEAR", ("1999", "0")),
    ("bit1", "BIT(1)", ("b'1'", "b'0'")),
    ("bit8", "BIT(8)", ("b'10101010'", "b'0'")),
    ("json", "JSON", ("""'{ "a":1, "a":2 }'""", "'null'", "'\"text\"'", "'[]'")),
    ("unsigned", "BIGINT UNSIGNED", ("18446744073709551615", "0")),
    ("tiny", "TINYINT UNSIGNED", ("255",)),
    ("filled", "INT(8) ZEROFILL", ("42",)),
    ("date", "DATE", ("'0000-00-00'", "'2024-00-00'", "'2024-02-29'")),
    ("moment", "DATETIME(6)", ("'0000-00-00 00:00:00'", "'2024-02-29 10:30:00.123456'")),
    ("stamp", "TIMESTAMP NULL", ("'2024-02-29 10:30:00'",)),
    ("clock", "TIME(3)", ("'838:59:59'", "'-01:02:03.5'", "'10:30'", "'24:00:00'")),
    ("float", "FLOAT", ("0.1", "1e30", "-0")),
    ("double", "DOUBLE", ("0.1", "1e300")),
    ("decimal", "DECIMAL(20,10)", ("1.1", "-1234567890.0123456789")),
    ("char", "CHAR(20)", ("'pad'", "''")),
    ("text", "TEXT", ("''", "' '", "'\\r\\nline\\r\\n'", "'<script>alert(1)</script>'")),
    ("bytes", "VARBINARY(16)", ("x'00ff'", "x''")),
    ("uuid", "UUID", ("'0193a1b2-0000-7000-8000-00000000000f'",)),
    ("inet4", "INET4", ("'10.0.0.1'",)),
    ("inet6", "INET6", ("'::1'", "'fe80::1'")),
    ("shape", "POINT", ("ST_GeomFromText('POINT(1 2)')",)),
    ("flag", "BOOLEAN", ("1", "0", "2")),
)
"""Table, type and values as SQL."""

MAKE = ()
MORE = (
    "CREATE TABLE guarded (id INTEGER AUTO_INCREMENT PRIMARY KEY, note VARCHAR(40))",
    "INSERT INTO guarded (note) VALUES ('a'), ('b')",
    """CREATE TRIGGER no BEFORE UPDATE ON guarded FOR EACH ROW
       SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The house says no to <b>it</b>'""",
    """CREATE TABLE computed (id INTEGER AUTO_INCREMENT PRIMARY KEY, a INTEGER,
       twice INTEGER GENERATED ALWAYS AS (a * 2) STORED)""",
    "INSERT INTO computed (a) VALUES (1), (NULL)",
    "CREATE VIEW dividing AS SELECT id, CAST(id AS UNSIGNED) - 5 AS share FROM guarded",
    """CREATE TABLE parts (id INTEGER NOT NULL, at DATE NOT NULL, note TEXT, PRIMARY KEY (id, at))
       PARTITION BY RANGE (YEAR(at)) (PARTITION old VALUES LESS THAN (2024),
       PARTITION new VALUES LESS THAN MAXVALUE)""",
    "INSERT INTO parts VALUES (1, '2023-05-05', 'old'), (1, '2024-05-05', 'new')",
)
