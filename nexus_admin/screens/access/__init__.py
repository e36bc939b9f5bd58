"""What the pages of roles contain: the matrix, row rules and columns, and what somebody would see."""
