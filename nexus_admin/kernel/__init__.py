"""The composition root: settings, extensions, services, start-up, checks."""
