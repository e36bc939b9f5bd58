"""The brokers of a Nexus that runs elsewhere: the same four, with the same methods, over one WebSocket.

    from nexus_admin.client import Client

    with Client("https://admin.example.com", token="nxt_…") as nexus:
        nexus.queue.push("mail", {"to": "ana@example.com"})
        for message in nexus.pubsub.subscribe("orders/#"):
            ...

What a client has is apart from the house's: its queue `mail` is `app.mail` there. Of other packages it needs `pydantic`
and `websockets`, and nothing of what a server needs.
"""

from nexus_admin.client.client import Client
from nexus_admin.client.errors import Unclear, Unreachable

__all__ = ["Client", "Unclear", "Unreachable"]
