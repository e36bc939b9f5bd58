"""Work that waits until somebody has done it: at least once, with retries, priorities, delays and leases."""

from nexus_admin.brokers.queue.durable import DurableQueue
from nexus_admin.brokers.queue.memory import MemoryQueue
from nexus_admin.brokers.queue.protocol import Job, JobState, Queue, QueueFigures

__all__ = ["DurableQueue", "Job", "JobState", "MemoryQueue", "Queue", "QueueFigures"]
