"""Names of our cookies."""

COOKIE = "nx_session"
"""The session's."""
