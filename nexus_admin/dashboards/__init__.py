"""Dashboards: read from TOML and written back, generated for a source or a table, checked, drawn widget by widget."""
