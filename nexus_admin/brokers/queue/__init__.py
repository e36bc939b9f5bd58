"""Work that waits until somebody has done it: at least once, with retries, priorities, delays and leases."""
