"""Code that is not trusted: it is never imported here, each call of it is a process of its own with limits."""
