"""The house itself: settings, extensions, dashboards, the audit, undo of its own things."""
