"""Data sources: connected, described, changed, and what is kept of them."""
