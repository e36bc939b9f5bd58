"""Who you are and what you may: identity, sessions, second factors, tokens, roles, decisions."""

from nexus_admin.access.room import Access, SignIn
from nexus_admin.access.sessions import Device

__all__ = ["Access", "Device", "SignIn"]
