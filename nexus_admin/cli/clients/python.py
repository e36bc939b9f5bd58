"""A typed client as one Python module that needs nothing but the standard library."""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from nexus_admin.cli.clients.contract import Contract, Method, Shape

HEAD = '''"""Typed client of a Nexus. Written by `nexus generate client`; write it anew rather than change it."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Literal, NotRequired, TypedDict, cast

'''
CLIENT = '''

class NexusProblem(Exception):
    """The server said no; `status`, `code` and the sentence in `detail` say why, `problem` has the rest."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.problem = status, problem
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))
        super().__init__(self.detail or f"The server answered {status}.")


class Client:
    """Calls a Nexus with an API token.

    Args:
        url: Where it is, as `https://admin.example.com`.
        token: One whose rights suffice.
        timeout: Seconds until a call is given up.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 30.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError("The address begins with http:// or https://.")
        self._url, self._token, self._timeout = url.rstrip("/"), token, timeout

    def _ask(self, verb: str, path: str, query: dict[str, Any], body: object = None) -> Any:
        given = {key: value for key, value in query.items() if value is not None}
        words = {key: str(one).lower() if isinstance(one, bool) else one for key, one in given.items()}
        url = self._url + path + ("?" + urllib.parse.urlencode(words, doseq=True) if words else "")
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=verb)
        asked.add_unredirected_header("Authorization", f"Bearer {self._token}")  # the token is for this server alone
        try:
            with urllib.request.urlopen(asked, timeout=self._timeout) as answer:
                said = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise NexusProblem(error.code, _read(error.read())) from None
        return json.loads(said) if said else None
'''
TAIL = """

def _read(said: bytes) -> dict[str, Any]:
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _place(text: str) -> str:
    if text in ("", ".", ".."):
        raise ValueError("That is no key: it would lead to another address.")
    return urllib.parse.quote(text, safe="~,")
"""


class PythonWords:
    """How Python spells types."""

    plain: ClassVar[Mapping[str, str]] = {
        "string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "any": "Any",
    }  # fmt: skip

    def array(self, inner: str) -> str:
        """Many of *inner*."""
        return f"list[{inner}]"

    def mapping(self, inner: str) -> str:
        """Texts to *inner*."""
        return f"dict[str, {inner}]"

    def literal(self, value: Any) -> str:
        """Just *value*."""
        return "None" if value is None else f"Literal[{value!r}]"

    def method(self, words: list[str]) -> str:
        """Return the name of a method."""
        return _name("_".join(words))


def files(contract: Contract) -> dict[str, str]:
    """Return the text of each file by its name."""
    parts = [HEAD, *map(_shape, contract.shapes.values()), CLIENT, *map(_method, contract.methods.values()), TAIL]
    return {"nexus_client.py": "".join(parts)}


def _shape(shape: Shape) -> str:
    typed = {name: kind if needed else f"NotRequired[{kind}]" for name, (kind, needed) in shape.fields.items()}
    if all(
        name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")
        for name in typed
    ):
        lines = "".join(f"    {name}: {kind}\n" for name, kind in typed.items())
        return f"\nclass {shape.name}(TypedDict):\n{lines}\n"
    pairs = ", ".join(f"{name!r}: {kind!r}" for name, kind in typed.items())
    return f"\n{shape.name} = TypedDict({shape.name!r}, {{{pairs}}})\n\n"


def _method(method: Method) -> str:
    path = json.dumps(method.path, ensure_ascii=False)
    for name in method.places:
        path = path.replace(f"{{{name}}}", f"{{_place({_name(name)})}}")
    call = f'self._ask("{method.verb}", {"f" if method.places else ""}{path}, {{{", ".join(_query(method))}}}'
    call += ", data)" if method.takes else ")"
    call += f'["{method.part}"]' if method.part else ""
    done = f"return cast({method.gives!r}, {call})" if method.gives not in ("", "None") else call
    about = method.about.replace("\\", "\\\\").replace('"', '\\"')
    lines = [f"\n    def {method.name}({', '.join(_parameters(method))}) -> {method.gives or 'None'}:"]
    return "\n".join([*lines, f'        """{about}"""', f"        {done}", ""])


def _query(method: Method) -> Iterator[str]:
    yield from (f"{name!r}: {_name(name)}" for name in method.query)


def _parameters(method: Method) -> Iterator[str]:
    yield "self"
    yield from (f"{_name(name)}: str" for name in method.places)
    if method.takes:
        yield f"data: {method.takes}"
    if method.query:
        yield "*"
        yield from (f"{_name(name)}: {kind} | None = None" for name, kind in method.query.items())


def _name(text: str) -> str:
    plain = "".join(one if one.isalnum() else "_" for one in text)
    return plain if plain.isidentifier() and not keyword.iskeyword(plain) else f"{plain}_" if plain else "_"
