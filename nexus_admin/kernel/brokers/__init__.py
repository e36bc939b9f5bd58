"""The brokers put together: which engine each has, and whether it can do what is asked of it."""

from nexus_admin.kernel.brokers.house import Brokers, HouseEngines, engines_of
from nexus_admin.kernel.brokers.needs import able
from nexus_admin.kernel.brokers.retention import retention_of

__all__ = ["Brokers", "HouseEngines", "able", "engines_of", "retention_of"]
