"""Formulas as SQL: a computed field that only needs its own row is a column like any other, to sort and filter by."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.selectable import Alias

from nexus_admin.domain.formula import Formula, Number, Operation, Source, Term, Text
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.language.dialects import Column, plain_dialect, readable
from nexus_admin.language.formulas import read_formula, scale_of, sources

DIALECTS: Final = frozenset({"sqlite", "postgresql", "mysql"})
_PADDED: Final = ("char(", "character(", "bpchar")


def is_askable(formula: Formula, resource: Resource, dialect: str) -> bool:
    """Whether SQL gives the very values that Python does: texts and whole numbers as text, and exact arithmetic."""
    dialect = plain_dialect(dialect)
    fields = {one: resource.by_name.get(one.path[0]) for one in sources(formula)}
    if dialect not in DIALECTS or any(len(one.path) > 1 or fields[one] is None for one in fields):
        return False
    known = {one: field for one, field in fields.items() if field is not None}
    if any(one.secret or one.encrypted or one.as_text for one in known.values()):
        return False
    if isinstance(formula, Text):
        return all(isinstance(part, str) or (isinstance(part, Source) and _said(known[part])) for part in formula.parts)
    if isinstance(formula, Source):
        return False  # a field under another name: it is asked for by its own
    return all(family(one.kind) == "number" for one in known.values()) and scale_of(formula, known) is not None


def _said(field: Field) -> bool:
    if field.kind == "integer":
        return True
    native = field.native.lower()
    plain = family(field.kind) == "text" or (field.kind == "enum" and field.native != "")
    return plain and not native.startswith((*_PADDED, "bit", "set"))


class Computed(sa.Column[Any]):
    """A column that no table has: wherever it is named, its formula is written over the row's own columns."""

    inherit_cache = True

    def __init__(self, *args: Any, formula: Formula | None = None, resource: Resource | None = None, dialect: str = "",
                 **more: Any) -> None:  # fmt: skip
        self.formula, self.resource, self.named = formula, resource, plain_dialect(dialect)
        super().__init__(*args, **more)

    def _make_proxy(self, selectable: Any, *args: Any, **more: Any) -> Any:
        """Under another name the table has it too; of a subquery that selects it, it is a plain column."""
        made = super()._make_proxy(selectable, *args, **more)
        proxy: Any = made[1]
        proxy.formula = self.formula if isinstance(selectable, Alias) else None
        proxy.resource, proxy.named = self.resource, self.named
        return made


@compiles(Computed)
def _compiled(column: Computed, compiler: Any, **more: Any) -> str:
    if column.formula is None or column.resource is None or column.table is None:
        found: str = compiler.visit_column(column, **more)
        return found
    made = _Writer(column.table, column.resource, column.named).of(column.formula, column.type)
    kept = {name: value for name, value in more.items() if name in _KEPT}
    said: str = compiler.process(made, **kept)
    return f"({said})"


_KEPT: Final = ("literal_binds", "literal_execute", "render_postcompile", "asfrom_froms", "enclosing_alias")


def stored_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns that the database has."""
    return [one for one in table.c if not isinstance(one, Computed)]


def formula_column(field: Field, resource: Resource, kind: Any, dialect: str, name: Any) -> Computed:
    """Return the column of a computed *field* that is askable; *kind* is its type, *name* its quoted name."""
    return Computed(name, kind, formula=read_formula(field.computed), resource=resource, dialect=dialect)


class _Writer:
    """Writes a formula over the columns of one table."""

    def __init__(self, table: sa.FromClause, resource: Resource, dialect: str) -> None:
        self.table, self.resource, self.dialect = table, resource, dialect

    def of(self, formula: Formula, kind: Any) -> Column:
        if isinstance(formula, Text):
            return sa.type_coerce(self.text(formula), kind)
        known = {one: self.resource.by_name[one.path[0]] for one in sources(formula)}
        number, scale = self.number(formula), scale_of(formula, known)
        if scale or self.dialect != "sqlite":  # which has no whole numbers after rounding
            number = sa.func.round(number, sa.literal_column(str(scale or 0)))
        return sa.type_coerce(number, kind)

    def text(self, formula: Text) -> Column:
        pieces = [self.letters(one) if isinstance(one, str) else self.said(one) for one in formula.parts]
        whole = pieces[0]
        for piece in pieces[1:]:
            whole = whole + piece
        return sa.func.nullif(sa.func.trim(whole), self.letters(""))

    def said(self, term: Term) -> Column:
        assert isinstance(term, Source)
        column = self.table.c[term.path[0]]
        plain = readable(column, "mysql") if self.dialect == "mysql" else sa.cast(column, sa.Text)
        return sa.type_coerce(sa.func.coalesce(plain, self.letters("")), sa.Text())

    def letters(self, text: str) -> Column:
        quoted = text.replace("'", "''")
        quoted = quoted.replace("\\", "\\\\") if self.dialect == "mysql" else quoted
        return sa.literal_column(f"'{quoted}'", sa.Text())

    def number(self, term: Formula) -> Column:
        if isinstance(term, Number):
            return sa.literal_column(f"{term.value:f}", sa.Numeric())
        if isinstance(term, Source):
            column = self.table.c[term.path[0]]
            # As the widest number there is: a product must not be too large for its factors' type.
            wide = {"postgresql": sa.Numeric(), "mysql": sa.Numeric(65, 15)}.get(self.dialect)
            return sa.type_coerce(column, sa.Numeric()) if wide is None else sa.cast(column, wide)
        assert isinstance(term, Operation)
        left, right = self.number(term.left), self.number(term.right)
        sign: Column = {"+": left + right, "-": left - right}.get(term.sign, left * right)
        return sign
