"""Reading a database's catalog: `introspect(engine, source)` gives the Schema of everything that can be read."""

from nexus_admin.data.introspect.scan import introspect

__all__ = ["introspect"]
