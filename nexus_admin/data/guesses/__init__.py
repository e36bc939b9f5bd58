"""What a database does not say but its names and values do: titles, kinds of fields, relations, icons.

Pure functions over a Catalog and samples of rows; each is small and can say its reason.
`schema.schema_of` puts them together.
"""
