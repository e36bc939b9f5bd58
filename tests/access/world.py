"""The smallest world for these tests: a state in a file, a clock that only moves when told to, cheap hashes, a shop."""

from dataclasses import dataclass, field

from argon2 import PasswordHasher

from nexus_admin.access import Access, Device
from nexus_admin.access.passwords import Passwords
from nexus_admin.access.users import User
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.domain.role import Grant, Role
from nexus_admin.state.engine import State

PASSWORD = "correct horse battery"
LAPTOP = Device("Firefox on Linux", "192.0.2.7")
PHONE = Device("Safari on a phone", "198.51.100.9")
SYSTEM = Actor.system("tests")

CUSTOMERS = Resource(
    "shop",
    "customers",
    "customers",
    "Customers",
    "Customer",
    key=("id",),
    fields=(Field("id", "Id", "integer", key=True), Field("country", "Country", "text")),
)
ORDERS = Resource(
    "shop",
    "orders",
    "orders",
    "Orders",
    "Order",
    key=("id",),
    fields=(
        Field("id", "Id", "integer", key=True),
        Field("region", "Region", "text"),
        Field("status", "Status", "enum", choices=("open", "paid", "cancelled")),
        Field("total", "Total", "integer"),
        Field("email", "Email", "email"),
        Field("customer_id", "Customer", "integer"),
        Field("api_key", "Api key", "text", secret=True),
    ),
    relations=(Relation("customer", "Customer", "customers", many=False, pairs=(("customer_id", "id"),)),),
)
SHOP = Schema("shop", "sqlite", {"orders": ORDERS, "customers": CUSTOMERS}, version="1")


class Clock:
    """Seconds since 1970, as far as the test says."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += seconds


def cheap_passwords(hasher: PasswordHasher | None = None) -> Passwords:
    return Passwords(hasher or PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@dataclass
class World:
    """The room with one owner, Ana."""

    state: State
    clock: Clock
    access: Access
    owner: User
    counter: int = field(default=0)

    @property
    def ana(self) -> Actor:
        return self.actor(self.owner)

    def user(self, *roles: str, password: str | None = PASSWORD, **attributes: object) -> User:
        self.counter += 1
        email = f"user{self.counter}@example.com"
        return self.access.users.create(
            email, by=SYSTEM, name=f"User {self.counter}", password=password, roles=roles, attributes=attributes
        )

    def actor(self, user: User) -> Actor:
        found = self.access.actor_of_user(user.id)
        assert found is not None
        return found

    def person(self, *roles: str, **attributes: object) -> Actor:
        return self.actor(self.user(*roles, password=None, **attributes))

    def role(self, name: str, *grants: Grant, **more: object) -> Role:
        return self.access.roles.save(Role.model_validate({"name": name, "grants": grants, **more}), by=SYSTEM)

    def decide(self, actor: Actor, action: str, resource: Resource | None = ORDERS) -> Decision:
        return self.access.decide(actor, action, "shop", resource)


def rule(field: str, op: str, value: object) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


def me(attribute: str) -> dict[str, str]:
    return {"var": f"me.{attribute}"}
