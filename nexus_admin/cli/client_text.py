"""TypeScript declarations of `/client.js`, read off the brokers, whose methods, arguments and nouns it shares."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

ARRAYS = ("list", "Sequence", "Iterator", "Iterable", "tuple", "frozenset", "set")
WORDS = {
    "str": "string", "int": "number", "float": "number", "bool": "boolean", "Any": "unknown", "object": "unknown",
    "datetime": "Date", "timedelta": "number", "bytes": "Uint8Array", "Content": "Content",
}  # fmt: skip
ALIASES = {
    "JobState": '"waiting" | "ready" | "running" | "done" | "dead" | "cancelled"',
    "To": '"begin" | "end" | Position | Date | Shift',
}
PLAIN = {
    "Store": ("delete", "incr", "touch", "scan", "figures"),
    "Queue": (
        "pop", "ack", "nack", "extend", "find", "jobs", "cancel", "discard", "purge", "pause", "resume", "figures",
    ),
    "Stream": (
        "read", "wait", "group", "fetch", "commit", "release", "extend", "park", "parked", "retry", "unpark",
        "seek",
        "forget_group", "figures", "groups", "trim", "trim_plan",
    ),
}  # fmt: skip
"""Methods that take and give things as Python's do; the module has the same list, and a test holds them together."""
VALUED = ("Entry", "Job", "Message", "StreamEvent")
OWN = """
export class Content {
  constructor(data: Uint8Array, type?: string)
  data: Uint8Array
  type: string
  readonly value: unknown
}
export class NexusError extends Error {
  code: string
  status: number
}
export interface Sent {
  type: string; payload?: unknown; key?: string | null; note?: Record<string, unknown>; id?: string
}
export interface PushNamed {
  key?: string | null; priority?: number; delay?: number; max_attempts?: number; note?: Record<string, unknown>
  [more: string]: unknown
}
export interface Ending { signal?: AbortSignal }
"""
SPECIAL = {
    "Store": (
        "get(key: string, missing?: unknown): Promise<unknown>",
        "set(key: string, value: unknown, named?: { ttl?: number | null; nx?: boolean }): Promise<boolean>",
        "cas(key: string, old: unknown, fresh: unknown): Promise<boolean>",
    ),
    "Queue": (
        "(name: string): NamedQueue",
        "push(name: string, payload: unknown, named?: PushNamed): Promise<string>",
        "push_many(name: string, payloads: unknown[], named?: PushNamed): Promise<string[]>",
        "retry(...ids: string[] | [...string[], { payload?: unknown }]): Promise<number>",
        "subscribe(name: string, handle: (job: Job) => unknown, named?: Ending & { lease?: number }): Promise<void>",
    ),
    "Stream": (
        "(name: string): NamedStream",
        "append(name: string, events: Sent | Sent[], named?: { expect?: number | null }): Promise<StreamEvent[]>",
        "publish(name: string, payload: unknown, named?: { type?: string; key?: string | null; expect?: number }): "
        "Promise<StreamEvent>",
        "subscribe(name: string, group: string, handle: (event: StreamEvent) => unknown, named?: Ending): "
        "Promise<void>",
    ),
    "PubSub": (
        "(topic: string): NamedTopic",
        "publish(topic: string, payload: unknown, named?: { retain?: boolean; ttl?: number | null }): Promise<number>",
        "patterns(): Promise<Record<string, number>>",
        "figures(): Promise<PubSubFigures>",
        "subscribe(patterns: string | string[], hear: (what: Message | Gap) => unknown, named?: { buffer?: number }): "
        "Promise<() => void>",
    ),
}
END = """
export interface NamedQueue {
  push(payload: unknown, named?: PushNamed): Promise<string>
  subscribe(handle: (job: Job) => unknown, named?: Ending & { lease?: number }): Promise<void>
}
export interface NamedStream {
  publish(payload: unknown, named?: { type?: string; key?: string | null; expect?: number }): Promise<StreamEvent>
  subscribe(group: string, handle: (event: StreamEvent) => unknown, named?: Ending): Promise<void>
}
export interface NamedTopic {
  publish(payload: unknown, named?: { retain?: boolean; ttl?: number | null }): Promise<number>
  subscribe(hear: (what: Message | Gap) => unknown, named?: { buffer?: number }): Promise<() => void>
}
export interface Nexus { store: Store; pubsub: PubSub; queue: Queue; stream: Stream; close(): void }
export function connect(url?: string): Nexus
"""


def client_types() -> str:
    """Return the declarations of the module `/client.js`."""
    parts = ["// What /client.js exports: the brokers for pages. Written by `nexus generate types`.", OWN.strip("\n")]
    for name, noun in sorted(_nouns().items()):
        lines = [f"  {one.name}: {_spelled(str(one.type))}" for one in fields(noun) if not one.name.startswith("_")]
        lines += ["  readonly value: unknown"] if name in VALUED else []
        parts.append("\n".join([f'export interface {name} {{\n  $: "{name}"', *lines, "}"]))
    for title, own in SPECIAL.items():
        lines = [*own, *(line for name in PLAIN.get(title, ()) for line in _method(title, name))]
        parts.append("\n".join([f"export interface {title} {{", *(f"  {line}" for line in lines), "}"]))
    return "\n".join((*parts, END.lstrip("\n")))


def _nouns() -> Mapping[str, Any]:
    from nexus_admin.brokers.frames import NOUNS

    return NOUNS


def _method(broker: str, name: str) -> Iterator[str]:
    """Yield how a method is called: what has a place in its order, then the rest as one object, or all as one."""
    from nexus_admin.brokers.queue.protocol import Queue
    from nexus_admin.brokers.store.protocol import Store
    from nexus_admin.brokers.stream.protocol import Stream

    protocol: type = {"Store": Store, "Queue": Queue, "Stream": Stream}[broker]
    found = inspect.signature(getattr(protocol, name))
    given = [one for one in found.parameters.values() if one.name not in ("self", "tx")]
    places = [one for one in given if one.kind is one.POSITIONAL_OR_KEYWORD]
    named = [_lacking(one) for one in given if one.kind is one.KEYWORD_ONLY]
    named += ["[more: string]: unknown"] if any(one.kind is one.VAR_KEYWORD for one in given) else []
    gives = f"Promise<{'void' if found.return_annotation == 'None' else _spelled(found.return_annotation)}>"
    many = next((one for one in given if one.kind is one.VAR_POSITIONAL), None)
    said = [_lacking(one) for one in places]
    if many is not None:
        kind = f"{_spelled(many.annotation)}[]"
        said.append(f"...{many.name}: {kind}" + (f" | [...{kind}, {{ {'; '.join(named)} }}]" if named else ""))
    elif named:
        said.append(f"named?: {{ {'; '.join(named)} }}")
    yield f"{name}({', '.join(said)}): {gives}"
    optional = [_lacking(one) for one in places if one.default is not one.empty]
    if optional:
        needed = [_lacking(one) for one in places if one.default is one.empty]
        alone = f"named: {{ {'; '.join([*optional, *named])} }}"
        yield f"{name}({', '.join([*needed, alone])}): {gives}"


def _lacking(one: inspect.Parameter) -> str:
    """Return a parameter, with a mark where it may lack."""
    return f"{one.name}{'' if one.default is one.empty else '?'}: {_spelled(one.annotation)}"


def _spelled(annotation: str) -> str:
    """Return an annotation of Python as TypeScript has it."""
    return _script(ast.parse(annotation, mode="eval").body)


def _script(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return "null" if node.value is None else json.dumps(node.value)
    if isinstance(node, ast.BinOp):
        return f"{_script(node.left)} | {_script(node.right)}"
    if isinstance(node, ast.Name):
        return WORDS.get(node.id) or ALIASES.get(node.id) or (node.id if node.id in _nouns() else "unknown")
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if node.value.id == "Literal":
            return " | ".join(_script(one) for one in inner)
        if node.value.id in ARRAYS:
            kind = _script(inner[0])
            return f"({kind})[]" if " | " in kind else f"{kind}[]"
        if node.value.id in ("Mapping", "dict"):
            return f"Record<string, {_script(inner[1])}>"
    return "unknown"
