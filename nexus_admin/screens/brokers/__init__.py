"""What the pages of the brokers contain."""
