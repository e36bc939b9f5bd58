"""The ledger: opened before the work, closed after it, never skipped; verified, settled, searched and undone."""
