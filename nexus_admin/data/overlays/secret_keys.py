"""Tables whose key is a secret: a row's key stands in its address, in the audit and in logs, so it cannot be one.

What refers to a secret has the same value, so it is one as well, and no relation leads along it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from nexus_admin.domain.resource import Field, Relation, Resource, Schema

Secrets = Mapping[str, Collection[str]]
"""Names of secret fields, by resource."""


def without_secret_keys(schema: Schema) -> Schema:
    """Return *schema* with no secret in any key: another unique one takes its place, or rows are not told apart."""
    secrets = _secrets(schema)
    changed = {name: _kept(one, secrets) for name, one in schema.resources.items()}
    if all(changed[name] is one for name, one in schema.resources.items()):
        return schema
    return dataclasses.replace(schema, resources=changed)


def _secrets(schema: Schema) -> Secrets:
    """Return what is secret by itself, and what refers to that, over however many tables."""
    found = {name: set(one.secret) for name, one in schema.resources.items()}
    grows = any(found.values())
    while grows:
        grows = False
        for name, resource in schema.resources.items():
            for relation in resource.relations:
                more = {ours for ours, theirs in relation.pairs if theirs in found.get(relation.to, ())} - found[name]
                if more and not relation.many:
                    found[name] |= more
                    grows = True
    return found


def _kept(resource: Resource, secrets: Secrets) -> Resource:
    """Return *resource* itself where nothing of it is, or leads to, a secret that was not known as one."""
    found = secrets[resource.name]
    gone = {one.name for one in resource.relations if _leads_along(one, resource, secrets)}
    if gone or found != resource.secret:
        fields = tuple(_hidden(one, one.name in found, one.relation in gone) for one in resource.fields)
        resource = dataclasses.replace(
            resource,
            fields=fields,
            relations=tuple(one for one in resource.relations if one.name not in gone),
            title_fields=tuple(one for one in resource.title_fields if one not in found),
            list_fields=tuple(one for one in resource.list_fields if one not in found),
            search_fields=tuple(one for one in resource.search_fields if one not in found),
        )
    return resource if resource.secret.isdisjoint(resource.key) else _told_apart(resource)


def _leads_along(relation: Relation, resource: Resource, secrets: Secrets) -> bool:
    """Whether what is referred to is a secret: of the other side, or of this one where others refer to it."""
    near, far = secrets[resource.name], secrets.get(relation.to, ())
    if relation.through is not None:
        return any(ours in near for ours, _ in relation.through.near) or any(
            theirs in far for _, theirs in relation.through.far
        )
    return any(ours in near if relation.many else theirs in far for ours, theirs in relation.pairs)


def _hidden(field: Field, secret: bool, alone: bool) -> Field:
    if alone:
        field = dataclasses.replace(field, relation=None)
    if secret and not field.secret:
        field = dataclasses.replace(field, secret=True, tucked=True, choices=None, open_choices=False)
    return field


def _told_apart(resource: Resource) -> Resource:
    known = resource.by_name
    usable = (
        names
        for names in sorted(resource.uniques, key=len)
        if all(name in known and not known[name].nullable and known[name].askable for name in names)
    )
    key = next((names for names in usable if resource.secret.isdisjoint(names)), ())
    secret = ", ".join(name for name in resource.key if name in resource.secret)
    why = f"A row is told from others by {secret} alone, which is a secret, and a row's key stands in its address."
    return dataclasses.replace(
        resource,
        key=key,
        fields=tuple(dataclasses.replace(one, key=one.name in key) for one in resource.fields),
        sort=tuple(one for one in resource.sort if one.removeprefix("-") not in resource.secret) or key,
        writable=resource.writable and bool(key),
        why_read_only=resource.why_read_only or (None if key else why),
    )
