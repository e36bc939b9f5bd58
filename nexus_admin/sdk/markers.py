"""The one marker: `@hookimpl` says that a function of an extension implements a hook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pluggy

PROJECT = "nexus_admin"

_Function = TypeVar("_Function", bound=Callable[..., Any])
_spec = pluggy.HookspecMarker(PROJECT)
_impl = pluggy.HookimplMarker(PROJECT)


def hookimpl(function: _Function) -> _Function:
    """Mark *function* as the extension's implementation of the hook of the same name."""
    return _impl(function)


def hookwrapper(function: _Function) -> _Function:
    """Mark a generator function that wraps a hook; only `nexus_run_action` takes one."""
    return _impl(wrapper=True)(function)


def hookspec(function: _Function) -> _Function:
    """Mark the specification of a hook. Not for extensions."""
    return _spec(function)


def firstresult(function: _Function) -> _Function:
    """Mark the specification of a hook whose first answer counts. Not for extensions."""
    return _spec(firstresult=True)(function)
