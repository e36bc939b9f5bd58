"""Who may do what: accounts, roles, ways in and out."""
