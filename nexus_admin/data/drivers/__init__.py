"""Database drivers: how each engine is addressed, opened, kept read-only, cancelled, and what its errors mean."""
