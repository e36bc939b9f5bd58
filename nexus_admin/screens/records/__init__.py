"""What the page of one row contains: its fields, what belongs to it, its past, and what two people saved."""
