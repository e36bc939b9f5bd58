"""What people lay over a table as introspection saw it: files and clicks, computed fields and conditions."""
