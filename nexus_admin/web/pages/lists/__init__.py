"""/s/{source}/{resource}: the rows of a table, and what is done with many of them."""
