"""The one path, and the actions that come with the house."""
