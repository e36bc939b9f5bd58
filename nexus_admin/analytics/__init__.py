"""Questions: their JSON form, what makes one valid, and how answers are shaped. Pure: no database is known here."""
