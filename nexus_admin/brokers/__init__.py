"""What moves and keeps things while the house runs: the shared store and publish-subscribe, each behind a protocol."""
