"""A Catalog and what was seen of its rows, turned into the Schema that people see."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from nexus_admin.data.catalog import Catalog, FoundTable, Sample
from nexus_admin.data.guesses.columns import default_sort, list_fields, search_fields, title_fields
from nexus_admin.data.guesses.fields import Around, checks_of, field_of
from nexus_admin.data.guesses.joins import join_tables, machinery_because
from nexus_admin.data.guesses.keys import keyed
from nexus_admin.data.guesses.links import Link, common_targets, links_of
from nexus_admin.data.guesses.menu import groups_of, icon_of
from nexus_admin.data.guesses.names import At, resource_names
from nexus_admin.data.guesses.relations import Ends, carried, relations_of
from nexus_admin.data.guesses.undeclared import Candidate, Measured, judged
from nexus_admin.data.guesses.words import humanise, plural_name, singular_name
from nexus_admin.data.schema_json import content_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Field, Relation, Resource, Schema

_NOTHING = Sample(0)


@dataclass(frozen=True, slots=True)
class _World:
    """What every table is judged with."""

    source: str
    catalog: Catalog
    names: Mapping[At, str]
    links: Mapping[At, list[Link]]
    common: frozenset[At]
    joins: Mapping[At, tuple[Link, Link]]
    relations: Mapping[At, list[Relation]]
    samples: Mapping[At, Sample]


def schema_of(
    source: str,
    catalog: Catalog,
    samples: Mapping[At, Sample] | None = None,
    candidates: Iterable[Candidate] = (),
    measured: Mapping[Candidate, Measured] | None = None,
) -> Schema:
    """Return the Schema that a catalog and the guesses make.

    Args:
        source: The data source's name.
        catalog: What was found.
        samples: Some rows by table; without, names and types are all there is.
        candidates: Relations that nobody declared, as `undeclared.candidates` proposes them.
        measured: What their values say.
    """
    names = resource_names(catalog)
    guessed, doubts = judged(catalog, candidates, measured or {})
    links = links_of(catalog, guessed)
    common = common_targets(links, len(catalog.tables))
    joins = join_tables(catalog.tables, links, common)
    relations = relations_of(Ends({table.at: table for table in catalog.tables}, names), links, joins)
    by_table: dict[At, list[Link]] = defaultdict(list)
    for link in links:
        by_table[link.near].append(link)
    world = _World(source, catalog, names, by_table, common, joins, relations, samples or {})
    made = [_resource(world, table) for table in catalog.tables]
    shown = {one.name: (one.schema, one.table, one.type == "view") for one in made if not one.tucked}
    groups = groups_of(shown)
    made = [replace(one, group=groups.get(one.name)) for one in made]
    made.sort(key=lambda one: (one.tucked, one.group == "Views", one.group or "", one.title.casefold(), one.name))
    unsure = (*catalog.unsure, *doubts, *_doubts(made))
    schema = Schema(source, catalog.dialect, {one.name: one for one in made}, unsure)
    return replace(schema, version=version_of(schema))


def version_of(schema: Schema) -> str:
    """Return a hash of what a schema says; estimates and doubts do not count, for they change with the rows."""
    return hashlib.sha256(content_of(schema).encode()).hexdigest()[:16]


def _resource(world: _World, table: FoundTable) -> Resource:
    own = keyed(table)
    relations = world.relations.get(table.at, [])
    fields = _fields(world, table, own.key)
    if own.synthetic is not None:
        fields = [own.synthetic, *fields]
    joins = table.at in world.joins
    internal = machinery_because(table, tied=bool(relations))
    sample = world.samples.get(table.at, _NOTHING)
    titles = title_fields(fields, table.name, relations, joins, _distinct(sample))
    common = {name for link in world.links.get(table.at, []) if link.far in world.common for name in link.columns}
    return Resource(
        source=world.source,
        name=world.names[table.at],
        table=table.name,
        title=humanise(table.name) if table.is_view else plural_name(table.name),
        singular=singular_name(table.name),
        schema=table.schema,
        type="view" if table.is_view else "table",
        key=own.key,
        fields=tuple(fields),
        relations=tuple(sorted(relations, key=lambda one: (one.many, one.through is None and one.many))),
        title_fields=titles,
        list_fields=list_fields(fields, titles, own.key, frozenset(common), _filled(sample)),
        search_fields=search_fields(fields, titles, table.indexed),
        sort=default_sort(fields, own.key, table.indexed, table.estimated_rows),
        writable=own.why_read_only is None,
        why_read_only=own.why_read_only,
        uniques=table.uniques,
        estimated_rows=table.estimated_rows,
        tucked=joins or internal is not None,
        icon=icon_of(table.name, view=table.is_view, joins=joins),
        comment=table.comment,
        options=_options(world, table, internal, joins),
        indexes=tuple(sorted({one for one in table.indexes if one not in ((), table.primary_key)})),
    )


def _distinct(sample: Sample) -> dict[str, float]:
    """Return which part of each column's values were different ones, where enough rows were looked at to tell."""
    if sample.rows < 10:
        return {}
    present = {name: sample.present(name) for name in sample.values}
    return {name: len(set(values)) / len(values) for name, values in present.items() if len(values) * 2 >= sample.rows}


def _filled(sample: Sample) -> dict[str, float]:
    """Return which part of the rows has a value in each column, where enough rows were looked at to tell.

    An empty text is none: it says as little as NULL does.
    """
    if sample.rows < 10:
        return {}
    return {name: sum(one not in (None, "") for one in values) / sample.rows for name, values in sample.values.items()}


def _options(world: _World, table: FoundTable, internal: str | None, joins: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    if internal or joins:
        found["tucked_because"] = internal or "It only ties two tables together."
    if table.partition_of is not None and table.partition_of in world.names:
        found["partition_of"] = world.names[table.partition_of]
    if table.type not in ("table", "view"):
        found["type"] = table.type
    return found


def _fields(world: _World, table: FoundTable, key: tuple[str, ...]) -> list[Field]:
    linked = world.links.get(table.at, [])
    around = Around(
        dialect=world.catalog.dialect,
        table=table,
        key=key,
        linked=frozenset(name for link in linked for name in link.columns),
        checks=checks_of(table),
        sample=world.samples.get(table.at, _NOTHING),
        alone=frozenset(group[0] for group in (*table.uniques, table.primary_key) if len(group) == 1),
        beside=tuple(column.name for column in table.columns),
    )
    by_column = {
        link.columns[0]: relation
        for link in linked
        if carried(link, linked)
        for relation in world.relations.get(table.at, [])
        if not relation.many and relation.pairs == ((link.columns[0], link.far_columns[0]),)
    }
    fields = [field_of(column, around) for column in table.columns]
    titles = [field.title.casefold() for field in fields] + [one.title.casefold() for one in by_column.values()]
    return [_carrying(field, by_column.get(field.name), titles) for field in fields]


def _carrying(field: Field, relation: Relation | None, titles: list[str]) -> Field:
    """Call a field that carries a relation by what it leads to: lists show the far row's title, not its key."""
    if relation is None or field.secret:
        return field
    own = relation.title.casefold()
    others = titles.count(own) - (field.title.casefold() == own)
    title = relation.title if others == 1 else humanise(field.name)
    return replace(field, relation=relation.name, title=title)


def _doubts(resources: Iterable[Resource]) -> list[str]:
    found: list[str] = []
    for one in resources:
        if one.tucked:
            continue
        if one.type == "table" and not one.writable:
            found.append(f"{one.name} is read-only. {one.why_read_only}")
        seen = [field.name for field in one.fields if field.open_choices]
        if seen and one.type == "table":
            found.append(f"{one.name}: {', '.join(seen)} may have other values than those that were seen.")
        odd = [field.name for field in one.fields if field.kind == "unknown" and not field.tucked]
        if odd:
            found.append(f"{one.name}: the type of {', '.join(odd)} is not known, so it is shown as text.")
    return found
