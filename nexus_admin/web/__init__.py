"""HTTP: the async shell. Reads a request, asks the kernel in a thread, shapes the answer."""
