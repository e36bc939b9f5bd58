"""/s/{source}/{resource}/{key}: one row, its form, and what is done with it."""
