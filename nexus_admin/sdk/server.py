"""`@server`: a plain typed function becomes an Action, with the model of its input made from its signature.

There is no second path: what is made is declared by `nexus_actions`, needs a permission, and is written down like any.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from nexus_admin.domain.action import Action
from nexus_admin.domain.errors import Refused


def server(
    name: str,
    *,
    title: str = "",
    permission: str = "",
    on: Literal["row", "house"] = "house",
    resource: str | None = None,
    writes: bool = True,
    danger: bool = False,
) -> Callable[[Callable[..., Any]], Action]:
    """Make an action of a function whose first parameter is the unit, and whose others are what a caller sends.

    Args:
        name: Dotted, beginning with the extension's name: `"refunds.quote"`.
        title: What people read; the name where there is none.
        permission: The action's name that a role must grant for it, where that is another one.
        on: `"house"`, or `"row"` for one whose target is a row: `unit.target`.
        resource: The only table (a name or a pattern) whose rows it is offered on.
        writes: False for a read.
        danger: True if it cannot be undone.

    Returns:
        What makes an Action of the function: put it into the list that `nexus_actions` returns. Each parameter, its
        type and its default become the input; the return type is told to generated clients.

    Raises:
        Refused: a parameter has no type, takes a place of any number, or begins with an underscore; or there is no
            return type.
    """

    def made(function: Callable[..., Any]) -> Action:
        kinds = get_type_hints(function, include_extras=True)
        _unit, *rest = inspect.signature(function).parameters.values()
        fields = {one.name: _field(name, one, kinds) for one in rest}
        if "return" not in kinds:
            raise Refused(f"{name}: say what the function returns, as in -> int or -> None.")
        model: type[BaseModel] = create_model(
            f"{function.__name__}_input", __config__=ConfigDict(extra="forbid"), __doc__=f"What {name} takes.", **fields
        )

        @wraps(function)
        def run(unit: Any, data: BaseModel) -> Any:
            return function(unit, **{field: getattr(data, field) for field in fields})

        return Action(
            name, model, run, title, permission, on, resource, writes=writes, danger=danger,
            transaction=on == "row", gives=kinds["return"],
        )  # fmt: skip

    return made


def _field(name: str, one: inspect.Parameter, kinds: dict[str, Any]) -> Any:
    if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD, one.POSITIONAL_ONLY) or one.name.startswith("_"):
        raise Refused(f"{name}: {one.name} cannot be sent. Give each parameter a plain name.")
    if one.name not in kinds:
        raise Refused(f"{name}: say of what type {one.name} is, as in {one.name}: int.")
    return kinds[one.name], ... if one.default is one.empty else one.default
