"""Pages that follow what others change: one WebSocket a page, or server-sent events where it is blocked."""
