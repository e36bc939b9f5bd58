"""A table or view as people see it, its fields, and how it is tied to others.

`data/` makes these from a database's catalog and its guesses; files, clicks and
extensions overlay them. They are plain values: sending one over a wire loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import UnknownField, UnknownResource


@dataclass(frozen=True, slots=True)
class Field:
    """One column as people see it.

    Args:
        name: The column's name, exactly as the database spells it.
        title: What people read.
        kind: A name of `kinds.FAMILIES` or of an extension's field kind.
        native: The database's own type, e.g. `NUMERIC(10, 2)`.
        required: A new row needs a value from us: not null, no default, not generated.
        nullable: The column takes NULL.
        default: The database's default as text; shown as a placeholder, never sent.
        generated: The database computes it (identity columns are not generated, they have a default).
        key: Part of the resource's key.
        unique: Unique by itself.
        writable: May be written at all, by anyone; `why_read_only` says why not.
        secret: A password hash, token or the like: never shown, never in the ledger in the clear.
        choices: The values of an enum, in the database's order, or those seen; None where any value goes.
        open_choices: True where `choices` were only seen in the data, so that others are allowed.
        max_length: In characters.
        precision: Digits in all, of a number.
        scale: Digits after the point.
        minimum: From a CHECK, inclusive, as text.
        maximum: From a CHECK, inclusive, as text.
        unit: A currency code or symbol for money, `%` for percent, an element kind for arrays, `s` for a
            number of seconds, which is shown as a length of time.
        relation: Name of the to-one relation that this single column carries, e.g. `customer`.
        as_text: Not a type that we own: selected by a cast to text, and not written unless changed.
        tucked: Left out of lists and at the end of records: blobs, hashes, vectors.
        encrypted: The place that its values at rest are sealed for, `customers/email`; empty: they stand in the clear.
        blind: The column that holds a blind index of it; None where its values cannot be asked for.
        computed: The formula that gives its values, see `domain/formula.py`; empty: they stand in a column.
        askable: Whether rows can be filtered, sorted and grouped by it; not by what is computed from other rows.
        comment: The column's comment in the database.
        options: What a file, a click or an extension added: help, widget, group, order, conditions.
    """

    name: str
    title: str
    kind: str
    native: str = ""
    required: bool = False
    nullable: bool = True
    default: str | None = None
    generated: bool = False
    key: bool = False
    unique: bool = False
    writable: bool = True
    why_read_only: str | None = None
    secret: bool = False
    choices: tuple[str, ...] | None = None
    open_choices: bool = False
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    unit: str | None = None
    relation: str | None = None
    as_text: bool = False
    tucked: bool = False
    encrypted: str = ""
    blind: str | None = None
    computed: str = ""
    askable: bool = True
    comment: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Through:
    """The join table of a many-to-many relation.

    Args:
        resource: The join table's resource name.
        near: Pairs (our column, column of the join table).
        far: Pairs (column of the join table, column of the other side).
    """

    resource: str
    near: tuple[tuple[str, str], ...]
    far: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A way from one resource to another, in one direction.

    Args:
        name: Unique in the resource, and no field's name: `customer`, `items`.
        title: What people read.
        to: The other resource's name, in the same source.
        many: Whether one row here has many there.
        pairs: Pairs (our column, their column); empty where `through` is set.
        through: The join table, for many-to-many.
        declared: False for a guess; `evidence` then says what speaks for it.
        evidence: e.g. `98.7 % of orders.customer_ref are found in customers.code`.
        inverse: Name of the relation that leads back.
        on_delete: What the database does with the far rows of a to-many when a row here goes.
    """

    name: str
    title: str
    to: str
    many: bool
    pairs: tuple[tuple[str, str], ...] = ()
    through: Through | None = None
    declared: bool = True
    evidence: str | None = None
    inverse: str | None = None
    on_delete: Literal["cascade", "set null", "set default", "restrict", "no action"] = "no action"


@dataclass(frozen=True)
class Resource:
    """A table or view as people see it.

    Args:
        source: The data source's name.
        name: `orders`, or `schema.orders` outside the default schema; the key of every look-up.
        schema: The database's schema, None for the default one.
        table: The name in the database, exactly.
        type: What it is in the database.
        title: Humanised plural: `Order items`.
        singular: Humanised singular: `Order item`.
        key: Names of the key's columns, in order; empty where rows cannot be told apart.
        fields: In the database's order.
        relations: To-one first.
        title_fields: Whose values name a row, most telling first; empty: its key does.
        list_fields: Shown in a list by default, 6 to 8, most telling first.
        search_fields: Searched by the search box.
        sort: Default order, as `"-placed_at"`.
        writable: Whether rows may be written at all; `why_read_only` says why not.
        uniques: Column groups that are unique together.
        indexes: Column groups that an index is over, each in its order; the key is not among them.
        estimated_rows: The database's own estimate, or None.
        tucked: A join table, a migration table or the like: there, but not in the menu.
        group: A heading in the menu.
        icon: Name of an icon.
        comment: The table's comment in the database.
        options: What files, clicks and extensions added.
    """

    source: str
    name: str
    table: str
    title: str
    singular: str
    schema: str | None = None
    type: Literal["table", "view"] = "table"
    key: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    relations: tuple[Relation, ...] = ()
    title_fields: tuple[str, ...] = ()
    list_fields: tuple[str, ...] = ()
    search_fields: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    writable: bool = True
    why_read_only: str | None = None
    uniques: tuple[tuple[str, ...], ...] = ()
    estimated_rows: int | None = None
    tucked: bool = False
    group: str | None = None
    icon: str = "table"
    comment: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    indexes: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Fields by name."""
        return {one.name: one for one in self.fields}

    @cached_property
    def secret(self) -> frozenset[str]:
        """Names of the fields whose values are secret."""
        return frozenset(one.name for one in self.fields if one.secret)

    @cached_property
    def computed(self) -> frozenset[str]:
        """Names of the fields that are computed here."""
        return frozenset(one.name for one in self.fields if one.computed)

    @cached_property
    def relations_by_name(self) -> Mapping[str, Relation]:
        """Relations by name."""
        return {one.name: one for one in self.relations}

    def field(self, name: str) -> Field:
        """Return the field called *name*.

        Raises:
            UnknownField: names the nearest neighbour.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise UnknownField(name, self.name, [*self.by_name, *self.relations_by_name], self.source) from None

    def relation(self, name: str) -> Relation:
        """Return the relation called *name*.

        Raises:
            UnknownField: names the nearest neighbour.
        """
        try:
            return self.relations_by_name[name]
        except KeyError:
            raise UnknownField(name, self.name, [*self.relations_by_name, *self.by_name], self.source) from None


@dataclass(frozen=True)
class Schema:
    """All resources of one source, as one immutable snapshot.

    Args:
        source: The data source's name.
        dialect: `sqlite`, `postgresql`, `mysql`, …
        resources: By name, in the menu's order.
        unsure: Sentences about what the guesses were not sure of.
        version: Rises with every change; part of every cache key.
    """

    source: str
    dialect: str
    resources: Mapping[str, Resource]
    unsure: tuple[str, ...] = ()
    version: str = "0"

    def resource(self, name: str) -> Resource:
        """Return the resource called *name*.

        Raises:
            UnknownResource: names the nearest neighbour.
        """
        try:
            return self.resources[name]
        except KeyError:
            raise UnknownResource(name, self.source, self.resources) from None
