"""/extensions, the pages that extensions add, and their files."""
