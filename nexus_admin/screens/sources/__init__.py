"""What the pages of data sources contain, and those on which a table is configured."""
