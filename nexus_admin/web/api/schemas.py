"""The shapes of bodies and answers, as JSON Schema, and those of the tables that the asker may see."""

from __future__ import annotations

from typing import Any

from nexus_admin.domain.kinds import family
from nexus_admin.domain.query import MAX_LIMIT

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
MAYBE: Shape = {"type": ["string", "null"]}
COUNT: Shape = {"type": "integer", "minimum": 0}
YES: Shape = {"type": "boolean"}
LEVEL: Shape = {"enum": ["B", "C"]}
ANY: Shape = {}
TEXTS: Shape = {"type": "array", "items": TEXT}


def thing(always: str = "", /, **properties: Shape) -> Shape:
    """Return an object's shape; *always* names what is never missing."""
    return {"type": "object", "properties": properties, **({"required": always.split()} if always else {})}


def of(name: str) -> Shape:
    """Return a reference to a shape of the description."""
    return {"$ref": f"#/components/schemas/{name}"}


def many(shape: Shape) -> Shape:
    """Return a list's shape."""
    return {"type": "array", "items": shape}


LINKS = thing("self", self=TEXT, next=MAYBE, previous=MAYBE)
WHO = thing("id name", id=TEXT, name=TEXT)
CHANGE = thing(
    "source resource key verb fields before after",
    source=TEXT,
    resource=TEXT,
    key=TEXT,
    title=TEXT,
    fields=TEXTS,
    verb={"enum": ["create", "update", "delete"]},
    before={"type": ["object", "null"]},
    after={"type": ["object", "null"]},
)

SHAPES: dict[str, Shape] = {
    "BrokerResult": thing("result", result={"description": "What the action returns; null where that is nothing."}),
    "Problem": thing(
        "type title status detail code request",
        type=TEXT,
        title=TEXT,
        status={"type": "integer"},
        detail=TEXT,
        code=TEXT,
        request=TEXT,
        errors={"type": "object", "additionalProperties": TEXT, "description": "A sentence for each field."},
        conflicts={"type": "object", "description": "For each field: base, theirs, yours."},
    ),
    "Row": {"type": "object", "description": "Values by field: exact numbers and moments as text, bytes as base64."},
    "RowPage": thing(
        "rows keys labels sort next previous count links",
        rows=many(of("Row")),
        keys=many(MAYBE),
        labels={"type": "object"},
        sort=TEXTS,
        next=MAYBE,
        previous=MAYBE,
        count={
            "anyOf": [thing("value how", value=COUNT, how={"enum": ["exact", "capped", "estimate"]}), {"type": "null"}]
        },
        links=LINKS,
    ),
    "History": thing("changes next gone links", changes=many(of("Past")), next=MAYBE, gone=YES, links=LINKS),
    "Past": {
        "allOf": [
            CHANGE,
            thing("entry operation at actor action", entry=TEXT, operation=TEXT, at=TEXT, actor=WHO, action=TEXT),
        ]
    },
    "Sources": thing(
        "sources",
        sources=many(
            thing(
                "name dialect writable level resources links",
                name=TEXT,
                dialect=TEXT,
                writable=YES,
                level=LEVEL,
                resources=TEXTS,
                links=LINKS,
            )
        ),
    ),
    "Source": thing(
        "source dialect level resources unsure",
        source=TEXT,
        dialect=TEXT,
        level=LEVEL,
        resources=many(of("Resource")),
        unsure=TEXTS,
    ),
    "Action": thing(
        "name title about danger writes input",
        name=TEXT,
        title=TEXT,
        about=TEXT,
        danger=YES,
        writes=YES,
        input={"type": "object"},
        output={"type": "object", "description": "The JSON Schema of its result, where it says."},
    ),
    "Actions": thing("actions", actions=many(of("Action"))),
    "ActionInput": {"type": "object"},
    "ActionResult": thing("result", result={}),
    "Resource": thing(
        "name schema type key title writable estimated_rows fields relations may actions",
        name=TEXT,
        schema=MAYBE,
        type={"enum": ["table", "view"]},
        key=TEXTS,
        title=TEXTS,
        writable=YES,
        estimated_rows={"type": ["integer", "null"]},
        may=TEXTS,
        actions=many(of("Action")),
        fields=many(
            thing(
                "name kind required writable secret choices relation access",
                name=TEXT,
                kind=TEXT,
                required=YES,
                writable=YES,
                secret=YES,
                choices={"type": ["array", "null"]},
                relation={"type": ["object", "null"]},
                access={"enum": ["masked", "read", "write"]},
            )
        ),
        relations=many(
            thing("name to many declared evidence", name=TEXT, to=TEXT, many=YES, declared=YES, evidence=MAYBE)
        ),
    ),
    "Query": thing(
        "source resource",
        source={**TEXT, "minLength": 1},
        resource={**TEXT, "minLength": 1},
        filter={"type": ["string", "object", "null"]},
        having={"type": ["string", "object", "null"]},
        dimensions={
            "type": ["array", "null"],
            "items": {"anyOf": [TEXT, thing("field", field=TEXT, grain=MAYBE, **{"as": MAYBE})]},
        },
        measures={
            "type": ["array", "null"],
            "items": thing(
                "fn",
                fn={"enum": ["count", "count_distinct", "sum", "avg", "min", "max", "median"]},
                field=MAYBE,
                filter={"type": ["string", "object", "null"]},
                **{"as": MAYBE},
            ),
        },
        sort={"type": ["array", "null"], "items": TEXT},
        limit={"type": ["integer", "null"], "minimum": 1, "maximum": MAX_LIMIT},
    ),
    "Result": thing(
        "columns rows took_ms truncated",
        columns=many(thing("name kind", name=TEXT, kind=TEXT)),
        rows=many({"type": "array"}),
        took_ms={"type": "number"},
        truncated=YES,
    ),
    "Export": thing(
        "id state error name content_type rows bytes progress asked_at ended_at expires_at links",
        id=TEXT,
        state={"enum": ["waiting", "running", "done", "failed", "cancelled", "expired", "withheld"]},
        error=TEXT,
        name=MAYBE,
        content_type=MAYBE,
        rows={"type": ["integer", "null"]},
        bytes={"type": ["integer", "null"]},
        progress={"type": ["object", "null"], "description": "`rows` so far, of the `expected` ones; null at its end."},
        asked_at=TEXT,
        ended_at=MAYBE,
        expires_at=MAYBE,
        links=thing("self file", self=TEXT, file=MAYBE),
    ),
    "Exports": thing("exports", exports=many(of("Export"))),
    "AuditEntry": thing(
        "id at actor action source resource key outcome changes change_count",
        id=TEXT,
        seq=COUNT,
        at=TEXT,
        closed_at=MAYBE,
        actor=WHO,
        action=TEXT,
        source=TEXT,
        resource=MAYBE,
        key=MAYBE,
        outcome={"enum": ["open", "done", "denied", "invalid", "failed", "unknown"]},
        detail=TEXT,
        data=ANY,
        changes=many(CHANGE),
        change_count=COUNT,
        parent=MAYBE,
        via=TEXT,
        undoes=MAYBE,
        undone_by=MAYBE,
        hash=TEXT,
    ),
    "AuditPage": thing("entries next links", entries=many(of("AuditEntry")), next=MAYBE, links=LINKS),
    "Timeline": thing("counts", counts=many({"type": "array"})),
    "Verified": thing(
        "ok upto hash open first_bad", ok=YES, upto=COUNT, hash=TEXT, open=COUNT, first_bad={"type": ["object", "null"]}
    ),
    "AuditMark": thing(
        "entries verified full_at running",
        entries=COUNT,
        verified={"type": "object"},
        full_at=MAYBE,
        running={"type": ["object", "null"]},
    ),
    "UndoPlan": thing(
        "clean empty steps conflicts already",
        clean=YES,
        empty=YES,
        undone_by=MAYBE,
        notes=many(TEXT),
        steps=many({"type": "object"}),
        conflicts=many({"type": "object"}),
        already=many(CHANGE),
    ),
    "Undone": thing("undone rows", undone=TEXT, rows=COUNT),
}


def row_shapes(told: dict[str, Any]) -> tuple[Shape, Shape]:
    """Return the shape of a row as it is read, and as it is written, of one resource as it was described."""
    read = {one["name"]: _read(one) for one in told["fields"]}
    write = {one["name"]: _written(one) for one in told["fields"] if one["writable"]}
    about = f"A row of {told['label']}."
    needed = [one["name"] for one in told["fields"] if one["required"] and one["writable"]]
    return (
        {"type": "object", "description": about, "properties": read},
        {"type": "object", "properties": write, "additionalProperties": False, "x-needed-for-a-new-row": needed},
    )


def _read(field: dict[str, Any]) -> Shape:
    return {"title": field["title"], "x-kind": field["kind"]}


def _written(field: dict[str, Any]) -> Shape:
    shape = _read(field)
    match family(field["kind"]):
        case "boolean":
            shape["type"] = ["boolean", "null"]
        case "number":
            shape["type"] = (
                ["integer", "null"] if field["kind"] in ("integer", "year") else ["number", "string", "null"]
            )
        case "text" | "choice" | "date" | "datetime" | "time":
            shape["type"] = ["string", "null"]
            if field["max_length"]:
                shape["maxLength"] = field["max_length"]
    if field["choices"] and not field["open_choices"]:
        shape["enum"] = [*field["choices"], None]
    return shape
