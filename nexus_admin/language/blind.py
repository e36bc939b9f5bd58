"""What can be asked of an encrypted field: whether its whole value is a given one, by the column of its blind index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nexus_admin.domain.encryption import no_way
from nexus_admin.domain.errors import BadExpression, UnknownOperator
from nexus_admin.domain.resource import Field
from nexus_admin.language.shape import Shape, one_of
from nexus_admin.language.variables import Variables


def sealed_as(field: Field, texts: list[Any], variables: Variables | None, put: Callable[[Any], int]) -> Shape | None:
    """Return that an encrypted field is one of *texts*: by its blind index, or not encrypted yet; None for others.

    Args:
        field: If it is encrypted, it has a blind index.
        texts: What it is compared with.
        variables: Know the index; None only to check.
        put: Keeps a value, and returns the place that a shape refers to.
    """
    if not field.encrypted:
        return None
    plain = ("in", field.name, put(texts))
    if variables is None:
        return plain
    digests = [digest for text in texts for digest in variables.blind(field, text)]
    return one_of([("blind", field.name, put(digests)), plain])


def no_operator(field: Field, op: str, known: Sequence[str]) -> BadExpression:
    """Return the error that *field* has no operator *op*."""
    return BadExpression(no_way(field, op)) if field.encrypted else UnknownOperator(op, field.name, field.kind, known)
