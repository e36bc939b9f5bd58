"""A house with brokers that have something in them, and people who may look, see contents, act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.access import Device
from nexus_admin.audit.query import AuditQuery
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.brokers.store.protocol import Store
from nexus_admin.brokers.stream import MemoryStream
from nexus_admin.brokers.stream.protocol import Fresh, Stream
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.web.api.world import SYSTEM, add_role, served

HOUSE = "nexus"
SECRET = "hunter2-and-more"
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}\u202e"
ROLES = {
    "looker": ("broker.view",),
    "reader": ("broker.view", "broker.payload"),
    "doer": ("broker.view", "broker.act"),
    "all": ("broker.*",),
    "none": (),
}


@dataclass
class World:
    app: Nexus

    def __post_init__(self) -> None:
        services: Any = self.app.kernel.services
        if services.find(Stream) is None:
            services.put(Stream, MemoryStream())
        self.queue: Queue = services.get(Queue)
        self.stream: Stream = services.get(Stream)
        self.pubsub: PubSub = services.get(PubSub)
        self.store: Store = services.get(Store)
        self.cookies: dict[str, str] = {}
        for name, granted in ROLES.items():
            add_role(self.app, name, *(Grant(source=HOUSE, action=one) for one in granted))
            user = self.app.kernel.access.users.create(f"{name}@example.com", roles=(name,), by=SYSTEM)
            self.cookies[name] = self.app.kernel.access.sign_in_as(user.id, Device(), via="password").cookie

    def browser(self, name: str = "all") -> TestClient:
        client = TestClient(self.app)
        client.cookies.set("nx_session", self.cookies[name])
        client.headers["X-CSRF-Token"] = self.app.kernel.access.sessions.csrf_token(self.cookies[name])
        return client

    def actor(self, name: str = "all") -> Actor:
        actor = self.app.kernel.access.actor_of_session(self.cookies[name])
        assert actor is not None
        return actor

    def perform(self, action: str, by: str = "all", **data: Any) -> Any:
        return self.app.kernel.perform(Call(action, Target(HOUSE), data, self.actor(by)))

    def audited(self, action: str) -> list[tuple[str, str]]:
        self.app.kernel.state.flush()
        found = self.app.kernel.ledger.find(AuditQuery(actions=(action,))).entries
        return [(one.outcome, one.detail) for one in found]

    def ledger_text(self) -> str:
        self.app.kernel.state.flush()
        return repr(self.app.kernel.ledger.find(AuditQuery(limit=500)).entries)

    def die(self, payload: Any, queue: str = "mail", error: str = "550 mailbox unavailable", **how: Any) -> str:
        """Queue a job that fails until it is dead."""
        id = self.queue.push(queue, payload, max_attempts=1, **how)
        (job,) = self.queue.pop(queue)
        assert job.id == id
        self.queue.nack(job, error)
        return id


@contextmanager
def brokers(folder: Path, **given: Any) -> Iterator[World]:
    with served(folder, **given) as app:
        yield World(app)


def fill(world: World) -> dict[str, str]:
    """Put hostile and secret things into every broker; return names that tests need."""
    payload = {"to": HOSTILE, "password": SECRET}
    dead = world.die(
        payload, error=f"{HOSTILE} password={SECRET}", key="order-7", note={"token": SECRET, "for": HOSTILE}
    )
    ready = world.queue.push("mail", {"n": 1})
    world.stream.append("orders.events", *(Fresh("order.paid", payload, key=f"<b>{n}") for n in range(3)))
    world.stream.group("orders.events", "billing")
    batch = world.stream.fetch("orders.events", "billing", n=1)
    assert batch is not None
    world.stream.park(batch, batch.events[0], f"{HOSTILE} token={SECRET}")
    world.pubsub.publish(f"a/{'<b>x'}", payload, retain=True)
    world.pubsub.publish("users/7/password", SECRET, retain=True)
    world.store.set(f"cart:{HOSTILE}", payload, ttl=60)
    world.store.set("token:7", SECRET)
    return {"dead": dead, "ready": ready}
