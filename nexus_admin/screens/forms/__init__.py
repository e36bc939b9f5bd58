"""What forms contain: inputs of fields and of actions, what is wrong with them, what was posted."""
