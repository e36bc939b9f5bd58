"""Rows: listed, read, written, undone, asked about."""
