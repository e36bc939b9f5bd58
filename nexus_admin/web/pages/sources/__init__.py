"""/sources: the databases, and how their tables are seen."""
