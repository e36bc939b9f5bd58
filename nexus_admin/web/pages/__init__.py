"""HTML pages: each endpoint reads the visit, asks for an action, and draws a template."""
