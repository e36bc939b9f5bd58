"""An import contract that names rooms before they are built.

import-linter refuses a contract that names a module which does not exist. Our contracts name the
whole house, and rooms appear when they have something to hold; so a missing one is left out.
"""

from grimp import ImportGraph
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.domain.contract import ContractCheck


class ForbiddenWherePresent(ForbiddenContract):
    """`forbidden`, for those of the named modules that exist."""

    type_name = "forbidden_where_present"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Drop our modules that are not there, then check as `forbidden` does."""
        self.source_modules = self._present(self.source_modules, graph)
        self.forbidden_modules = self._present(self.forbidden_modules, graph)
        return super().check(graph, verbose)

    @staticmethod
    def _present(expressions: set[object], graph: ImportGraph) -> set[object]:
        def exists(expression: object) -> bool:
            name = str(getattr(expression, "expression", expression))
            return not name.startswith("nexus_admin.") or "*" in name or name in graph.modules

        return {expression for expression in expressions if exists(expression)}
