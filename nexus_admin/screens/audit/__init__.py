"""What the pages of the audit contain: entries, their words, the bars of time."""
