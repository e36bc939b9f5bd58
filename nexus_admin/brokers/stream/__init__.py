"""What happened, in order, to be read again: positions, groups of readers, lanes."""
