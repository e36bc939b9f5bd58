"""Fixtures and contract suites, for us and for authors of extensions."""
