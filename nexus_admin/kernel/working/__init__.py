"""Workers: what takes jobs from the queue and does them on the one path, and what puts them there when they are due."""
