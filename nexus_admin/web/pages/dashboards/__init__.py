"""/dashboards: drawn, kept, written as text."""
