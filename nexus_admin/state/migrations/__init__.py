"""Alembic's migrations of our own tables. `HEAD` is the newest; each runs in one transaction, on SQLite too."""

HEAD = "0016"
