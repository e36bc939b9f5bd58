"""What a widget asks for, and its answers: a question, the first rows of a table, a form.

Questions are what dashboards and `POST /api/v1/query` are made of, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.row import ListRequest

MAX_LIMIT = 50_000
DEFAULT_LIMIT = 1000

Function = Literal["count", "count_distinct", "sum", "avg", "min", "max", "median"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """What to group by: a path, cut into a grain where it is a date.

    Args:
        path: Field path over to-one relations.
        grain: One of `kinds.GRAINS`, or None.
        name: The result column's name; must be unique in the query.
    """

    path: tuple[str, ...]
    name: str
    grain: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """What to compute per group.

    Args:
        fn: The aggregate.
        path: Its field; None only for `count`.
        name: The result column's name.
        where: Counts only rows that satisfy it.
    """

    fn: Function
    name: str
    path: tuple[str, ...] | None = None
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One question to one resource.

    Args:
        source: The data source's name.
        resource: The resource's name.
        where: Which rows; None for all that the actor may see.
        dimensions: In the order of the result's columns.
        measures: After the dimensions. With neither, it counts.
        having: A condition over the names of dimensions and measures.
        sort: Names, `"-revenue"` for descending.
        limit: Rows, 1 to 50,000.
        others: Whether the answer also says what the groups beyond the limit come to; only for measures that add up.
    """

    source: str
    resource: str
    where: Expression | None = None
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    having: Expression | None = None
    sort: tuple[str, ...] = ()
    limit: int = DEFAULT_LIMIT
    others: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The first rows of one resource, as a widget may ask for them beside questions.

    Args:
        source: The data source's name.
        resource: The resource's name.
        request: Filter, order, fields and how many; without a cursor.
        paged: Whether its reader may go on to all rows: the answer is then the page that the address names, and comes
            with a `Stretch`.
    """

    source: str
    resource: str
    request: ListRequest = field(default_factory=ListRequest)
    paged: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A form that a widget may ask for: one that makes a row, or one that changes a row.

    Args:
        source: The data source's name.
        resource: The resource's name.
        action: Whether it makes a row or changes the one called *key*.
        fields: What is filled in, in this order; none: all that the viewer may write.
        presets: What is written beside that, unseen; a preset of a field that is filled in stands in it at first.
        key: Which row is changed, as in its address; "" where one is made.
        button: What its button says; "" for the usual.
    """

    source: str
    resource: str
    action: Literal["row.create", "row.update"] = "row.create"
    fields: tuple[str, ...] = ()
    presets: Mapping[str, Any] = field(default_factory=dict, hash=False)
    key: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function of an extension that a widget may ask instead of a table: an action that reads.

    Args:
        action: Its name: `reports.margins`.
        data: What it takes, by name.
    """

    action: str
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)


Asked = Query | Listing | Entry | FunctionCall
"""What a widget may ask for."""


@dataclass(frozen=True, slots=True)
class EntryForm:
    """The answer to an Entry: a form that its viewer may send.

    Args:
        html: The form, safe to print; it brings its own address, token and button.
        resource: The table's title.
        singular: The title of one of its rows.
        fields: Titles of what can be filled in.
        action: As the Entry's.
    """

    html: str
    resource: str
    singular: str
    fields: tuple[str, ...]
    action: Literal["row.create", "row.update"] = "row.create"


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of an answer.

    Args:
        name: By which a query calls it.
        kind, unit: Of its values.
        path: What it came from, for drilling down.
        grain: The stretch of time that its values begin.
        title: What people read.
        choices: All values that there are; None where they are not known.
        whole_days: Whether its moments stand for days, as they are all midnights.
        names: Whether its numbers are keys: names, no amounts, so no thousands are parted.
    """

    name: str
    kind: str
    unit: str | None = None
    path: tuple[str, ...] | None = None
    grain: str | None = None
    title: str = ""
    choices: tuple[str, ...] | None = None
    whole_days: bool = False
    names: bool = False


@dataclass(frozen=True, slots=True)
class Others:
    """What the groups beyond the limit of an answer come to.

    Args:
        groups: How many they are.
        values: One for each measure; None where all of theirs are.
        link: The address of the list of exactly the rows behind them; None where it cannot be named.
    """

    groups: int
    values: tuple[Any, ...]
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where the rows of a paged listing stand among all of its rows, and the ways to the others.

    Args:
        at: How many rows come before the first of these.
        next: Cursor of the rows after these; None behind the last.
        previous: Cursor of the rows before these; None at the first.
        onward: Address of the page with the rows after these; None behind the last.
        first: Address of the page with the first rows; None where these are they.
        alone: Address of the widget alone, without a place; `at.<id>` and `after.<id>` added to it name one.
        count: Address that answers how many rows there are.
    """

    at: int
    next: str | None
    previous: str | None
    onward: str | None
    first: str | None
    alone: str
    count: str


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a Query.

    Args:
        columns: Dimensions, then measures.
        rows: One tuple a group; values as `Row` has them.
        took_ms: Time in the database, in milliseconds.
        truncated: Whether the limit cut it.
        sampled: The share of rows that were looked at, 0 to 1; None for all.
        links: For each row the address of what stands behind it: the list of exactly the rows of a group, or a
            record's page; None where there is none. Empty where nobody asked for them.
        age: Seconds since the database gave it; 0 where it was asked just now.
        others: What was cut off, where the question wanted to know; None where nothing was.
        stretch: Where the rows of a paged listing stand; None for all else.
    """

    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    took_ms: float
    truncated: bool = False
    sampled: float | None = None
    links: tuple[str | None, ...] = ()
    age: float = 0.0
    others: Others | None = None
    stretch: Stretch | None = None
