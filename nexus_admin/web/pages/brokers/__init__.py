"""/brokers: queues, jobs, streams, topics, the store."""
