"""Contract suites of the brokers: each runs unchanged on every engine."""
