"""How templates are compiled: what is known beforehand is text in them, and each template is drawn as one piece.

Jinja hands every bit of text up through all the templates around it. A page has a thousand bits and five templates
around each, so that costs more than drawing them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableMapping
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from nexus_admin.screens.icons import END, opening
from nexus_admin.web.unrolling import unrolled

_to_escape = re.compile("[&<>\"']").search


def piece(value: Any) -> str:
    """Return *value* as a piece of a page: escaped, unless it is markup. Short texts seldom need anything."""
    kind = value.__class__
    if kind is Markup or (kind is str and not _to_escape(value)):
        return value  # type: ignore[no-any-return]
    return escape(value)


class Joined(CodeGenerator):
    """Writes templates and blocks that collect their text, and give it away at once."""

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """Write the statements of a body; that of a template or a block collects, and all within it with it."""
        if frame.buffer is not None:
            super().blockvisit(nodes, frame)
            return
        self.buffer(frame)
        super().blockvisit(nodes, frame)
        self.writeline(f"yield concat({frame.buffer})")

    @optimizeconst
    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - named by Jinja
        """Write an attribute that is looked up where it stands; only what has none of that name is asked by Jinja."""
        self.write("(_got if (_got := getattr((_of := ")
        self.visit(node.node, frame)
        self.write(f"), {node.attr!r}, missing)) is not missing else environment.getattr(_of, {node.attr!r}))")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """Begin what escapes a value."""
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.piece(")


class Known(NodeTransformer):
    """Puts words and icons into a template that names them literally: `_("Edit")`, `icon("edit", "sm")`.

    Args:
        say: Says a text in the reader's language.
    """

    def __init__(self, say: Any) -> None:
        self._say = say

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - named by Jinja
        """Say a text."""
        self.generic_visit(node)
        given = _literals(node, "_")
        return nodes.Const(self._say(*given), lineno=node.lineno) if given and len(given) == 1 else node

    def visit_For(self, node: nodes.For) -> nodes.Node | list[nodes.Node]:  # noqa: N802 - named by Jinja
        """Write out a loop over what stands in the template, and look at each of its turns."""
        node.iter = self.visit(node.iter)
        turns = unrolled(node)
        if turns is None:
            return self.generic_visit(node)
        return [found for one in turns for found in self.visit_list(one)]

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 - named by Jinja
        """Draw icons; all that is left for later is where the sprite is."""
        self.generic_visit(node)
        node.nodes = [part for one in node.nodes for part in _icon(one)]
        return node


class Templates(jinja2.Environment):
    """An environment whose templates are compiled so; they need `sprite`, the address of the icons."""

    code_generator_class = Joined
    piece = staticmethod(piece)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._loaded: dict[str, jinja2.Template] = {}

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> jinja2.Template:
        """Return the template called *name*; where none changes, it is looked up in one step."""
        found = self._loaded.get(name) if globals is None and name.__class__ is str else None
        if found is None:
            found = super().get_template(name, parent, globals)
            if globals is None and name.__class__ is str and not self.auto_reload:
                self._loaded[name] = found
        return found

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what a template knows without being given it.

        Jinja makes a chain of two maps, to see what is added to the environment later; nothing is, and whatever is
        included or imported goes through all of it again.
        """
        return {**self.globals, **(d or {})}

    def _generate(self, source: nodes.Template, *given: Any, **named: Any) -> str:
        known = Known(self.globals.get("_", str)).visit(source)
        return super()._generate(known, *given, **named)


def _icon(node: nodes.Expr) -> list[nodes.Expr]:
    given = _literals(node, "icon")
    if not given or len(given) > 2:
        return [node]
    name, size = given[0], given[1] if len(given) == 2 else ""
    start, end = nodes.TemplateData(opening(size)), nodes.TemplateData(END.format(name))
    return [start, nodes.Name("sprite", "load", lineno=node.lineno), end]


def _literals(node: nodes.Node, name: str) -> list[str]:
    """Return the arguments of a call of *name* with nothing but literal texts; none for everything else."""
    if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name) or node.node.name != name:
        return []
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        return []
    given = [one.value for one in node.args if isinstance(one, nodes.Const) and isinstance(one.value, str)]
    return given if len(given) == len(node.args) else []
