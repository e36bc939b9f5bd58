"""A typed client as an ES module of its own, for browsers and node, with its declarations for TypeScript."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from nexus_admin.cli.clients.contract import Contract, Method, Shape, literal

HEAD = "// Typed client of a Nexus. Written by `nexus generate client`; write it anew rather than change it.\n"
CLIENT = """
export class NexusProblem extends Error {
  constructor(status, problem) {
    super(problem.detail || `The server answered ${status}.`)
    this.status = status
    this.problem = problem
    this.code = problem.code ?? ""
  }
}

export class Client {
  #url
  #token
  #fetch

  constructor(url, token, { fetch = globalThis.fetch } = {}) {
    this.#url = url.replace(/\\/$/, "")
    this.#token = token
    this.#fetch = (...given) => fetch(...given)
  }

  async #ask(verb, path, query = {}, data = undefined) {
    const words = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) for (const one of [value].flat()) words.append(name, one)
    }
    const url = this.#url + path + (words.size ? `?${words}` : "")
    const headers = { Authorization: `Bearer ${this.#token}` }
    if (data !== undefined) headers["Content-Type"] = "application/json"
    const body = data === undefined ? undefined : JSON.stringify(data)
    const answer = await this.#fetch(url, { method: verb, headers, body })
    const said = await answer.text()
    if (!answer.ok) throw new NexusProblem(answer.status, problemIn(said))
    return said ? JSON.parse(said) : undefined
  }
"""
TAIL = """}

function place(text) {
  if (["", ".", ".."].includes(String(text))) throw new TypeError("That is no key: it would lead to another address.")
  return encodeURIComponent(text)
}

function problemIn(said) {
  try {
    return JSON.parse(said) ?? {}
  } catch {
    return {}
  }
}
"""
DECLARED = """
export class NexusProblem extends Error {
  readonly status: number
  readonly code: string
  readonly problem: Record<string, unknown>
}

export class Client {
  constructor(url: string, token: string, more?: { fetch?: typeof fetch })
"""


class ScriptWords:
    """How TypeScript spells types."""

    plain: ClassVar[Mapping[str, str]] = {
        "string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null",
        "any": "unknown",
    }  # fmt: skip

    def array(self, inner: str) -> str:
        """Many of *inner*."""
        return f"({inner})[]" if " " in inner else f"{inner}[]"

    def mapping(self, inner: str) -> str:
        """Texts to *inner*."""
        return f"Record<string, {inner}>"

    def literal(self, value: Any) -> str:
        """Just *value*."""
        return literal(value)

    def method(self, words: list[str]) -> str:
        """Return the name of a method."""
        first, *rest = words
        name = first + "".join(one[0].upper() + one[1:] for one in rest)
        return f"{name}_" if name in ("constructor", "delete") else name


def files(contract: Contract) -> dict[str, str]:
    """Return the text of each file by its name."""
    methods = list(contract.methods.values())
    return {
        "nexus_client.js": "".join([HEAD, CLIENT, *map(_method, methods), TAIL]),
        "nexus_client.d.ts": "".join(
            [HEAD, *map(_shape, contract.shapes.values()), DECLARED, *map(_declared, methods), "}\n"]
        ),
    }


def _shape(shape: Shape) -> str:
    lines = [f"  {_key(name)}{'' if needed else '?'}: {kind}" for name, (kind, needed) in shape.fields.items()]
    return "\n".join(["", f"export interface {shape.name} {{", *lines, "}", ""])


def _declared(method: Method) -> str:
    said = [f"{name}: string" for name in method.places]
    said += [f"data: {method.takes}"] if method.takes else []
    query = "; ".join(f"{_key(name)}?: {kind} | null" for name, kind in method.query.items())
    said += [f"query?: {{ {query} }}"] if query else []
    about = method.about.replace("*/", "* /")
    return f"  /** {about} */\n  {method.name}({', '.join(said)}): Promise<{method.gives or 'void'}>\n"


def _method(method: Method) -> str:
    path = re.sub(r"[`\\$]", lambda found: f"\\{found[0]}", method.path)
    for name in method.places:
        path = path.replace(f"{{{name}}}", f"${{place({name})}}")
    asked = [f'"{method.verb}"', f"`{path}`", *_more(method)]
    call = f"await this.#ask({', '.join(asked)})"
    given = [*method.places, *(["data"] if method.takes else []), *(["query = {}"] if method.query else [])]
    done = f"return ({call}).{method.part}" if method.part else f"return {call}"
    return f"\n  async {method.name}({', '.join(given)}) {{\n    {done}\n  }}\n"


def _more(method: Method) -> Iterator[str]:
    if method.query or method.takes:
        yield "query" if method.query else "{}"
    if method.takes:
        yield "data"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$]*", name) else literal(name)
