"""Our own database: users, grants, the ledger, sources, settings. SQLite by default, PostgreSQL by changing one URL."""
