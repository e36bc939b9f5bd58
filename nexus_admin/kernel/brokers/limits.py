"""How large a payload of a queue may be: settings say it, for all and by queue."""

from __future__ import annotations

from nexus_admin.domain.by_name import first_fit
from nexus_admin.kernel.brokers.amounts import read_sizes
from nexus_admin.kernel.settings import Settings

MOST, MOST_OF = "queues.most_bytes", "queues.most_bytes_of"


def most_bytes(settings: Settings, queue: str) -> int:
    """Return the bytes that a payload for *queue* may have, as the settings have it now.

    Raises:
        SettingError: names the entry that cannot be read.
    """
    own = first_fit(queue, read_sizes(MOST_OF, settings[MOST_OF]))
    return int(settings[MOST] if own is None else own)
