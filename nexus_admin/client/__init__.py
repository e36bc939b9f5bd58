"""The brokers of a Nexus that runs elsewhere: the same four, with the same methods, over one WebSocket.

    from nexus_admin.client import Client

    with Client("https://admin.example.com", token="nxt_…") as nexus:
        nexus.queue.push("mail", {"to": "ana@example.com"})
        for message in nexus.pubsub.subscribe("orders/#"):
            ...

What a client has is apart from the house's: its queue `mail` is `app.mail` there. It needs the package `websockets`,
which `nexus-admin[standard]` brings.
"""

from nexus_admin.client.client import Client
from nexus_admin.client.errors import Unclear, Unreachable

__all__ = ["Client", "Unclear", "Unreachable"]
