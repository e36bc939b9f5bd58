"""Rows as files: at once, and in the background."""
