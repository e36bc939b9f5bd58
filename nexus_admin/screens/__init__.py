"""What a page contains: pure functions from resources, decisions and rows to things that a template draws."""
