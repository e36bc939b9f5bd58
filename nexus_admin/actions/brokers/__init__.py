"""Jobs, events, topics and keys as people and programs see and handle them."""
