"""Roles as people edit them and as `nexus access export` writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.domain.decision import FieldAccess


class Grant(BaseModel):
    """One cell of the matrix: a resource, an action, and what they give.

    `source`, `resource` and `action` are names, or patterns with `*` (`row.*`, `*`).
    The house's own things (users, roles, settings, audit …) are the source `nexus`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = "*"
    resource: str = "*"
    action: str = Field(description="row.list, row.read, row.create, row.update, row.delete, rows.export, row.*, *, …")
    effect: Literal["allow", "deny"] = "allow"
    rows: Any | None = Field(None, description="A row rule in the expression's JSON form; None for every row.")
    fields: Mapping[str, FieldAccess] | None = Field(None, description="Access by field name.")
    default_access: FieldAccess = "write"


class Role(BaseModel):
    """A named set of grants. Roles add up; an explicit deny wins over every allow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    title: str = ""
    description: str = ""
    inherits: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    require_second_factor: bool = False


class AccessFile(BaseModel):
    """What `nexus access export` writes and `apply` reads: roles, and who holds them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    roles: tuple[Role, ...] = ()
    members: Mapping[str, tuple[str, ...]] = Field(default_factory=dict, description="Role names by email.")
