"""Watching sources for changes that others make past Nexus: one thread for each source that somebody follows."""
