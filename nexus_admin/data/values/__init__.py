"""Values: what drivers give turned into Python values, and back, so that nothing is lost and nothing ever raises."""
