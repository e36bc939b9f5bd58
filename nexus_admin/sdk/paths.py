"""Field paths as text: relation names and at last a field, joined by dots; odd names within backquotes."""

from __future__ import annotations

import re

from nexus_admin.domain.address import segment
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.resource import Field, Resource, Schema

_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
_PLAIN = re.compile(r"[^\W\d]\w*")


def path_of(text: str) -> tuple[str, ...]:
    """Return the names in *text*: ``customer.country``, ``` `Order Details`.`Unit Price` ```.

    Raises:
        BadExpression: a name is empty, or a backquote is left open.
    """
    parts: list[str] = []
    rest = text
    while match := _PART.match(rest):
        parts.append(match[1].replace("``", "`") if match[1] is not None else match[2].strip())
        rest = rest[match.end() :]
        if not rest.startswith("."):
            break
        rest = rest[1:] or "."
    if rest or not all(parts) or not parts:
        raise BadExpression(f"{text[:80]!r} is not a field path such as customer.country.")
    return tuple(parts)


def path_text(path: tuple[str, ...]) -> str:
    """Return what `path_of` was given; names with odd letters come within backquotes."""
    return ".".join(part if _PLAIN.fullmatch(part) else f"`{part.replace('`', '``')}`" for part in path)


def topic_followed(topic: str) -> str:
    """Return what stands in `data-live` of a part that follows the numbers of *topic* of publish-subscribe."""
    return "/".join(("numbers", *map(segment, topic.split("/"))))


def stream_followed(stream: str) -> str:
    """Return what stands in `data-live` of a part that follows the numbers of what is appended to *stream*."""
    return topic_followed(f"$stream/{stream}")


def field_at(schema: Schema, resource: str, path: tuple[str, ...]) -> Field:
    """Return the field that *path* leads to over to-one relations.

    Raises:
        UnknownField: a step is not there; names the nearest neighbour.
        BadExpression: a step leads to many rows.
    """
    here: Resource = schema.resource(resource)
    for step in path[:-1]:
        relation = here.relation(step)
        if relation.many:
            raise BadExpression(
                f"{path_text(path)} leads to many {relation.title} for each row of {here.title}. "
                "Ask that table instead, or compare with any, none or count."
            )
        here = schema.resource(relation.to)
    return here.field(path[-1])


def path_title(schema: Schema, resource: str, path: tuple[str, ...]) -> str:
    """Return what people read for *path*: `Customer › Country`."""
    here = schema.resource(resource)
    titles = []
    for step in path[:-1]:
        relation = here.relation(step)
        titles.append(relation.title)
        here = schema.resource(relation.to)
    return " › ".join([*titles, here.field(path[-1]).title])
