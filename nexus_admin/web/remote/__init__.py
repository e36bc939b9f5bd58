"""The brokers for programs elsewhere: calls and what is told, as binary frames over one WebSocket."""
