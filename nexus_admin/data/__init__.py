"""Other people's databases and services: open, introspect, read, write; one driver per kind."""
