"""What the pages of a list contain: columns, rows, filters, what is done with many rows, exports."""
