"""Typed clients, written from the description of the API: for Python, and for JavaScript."""
