"""/access: who may do what."""
