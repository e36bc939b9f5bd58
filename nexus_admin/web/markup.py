"""What templates may not hold: inline scripts and styles, and expressions that Alpine's CSP build does not run.

The policy of the pages is `script-src 'self'; style-src 'self'`. What breaks it would fail in a browser's console,
long after it was written; here it is found as text, for our own templates and for those of extensions.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from nexus_admin.domain.dataclass import dataclass

_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_DIRECTIVE = re.compile(r"^(x-|@|:)")
_PLAIN = re.compile(r"^x-(ref|cloak|ignore|transition|teleport|id$)")
_SWAP = re.compile(r"^x-(target|merge|sync|headers|autofocus)\b")
_DATA_SCRIPTS = {"application/json", "application/ld+json"}

# What the expression parser of Alpine's CSP build refuses, each with the sentence that says so.
_REFUSED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r";"), "two statements"),
    (re.compile(r"=>"), "an arrow function"),
    (re.compile(r"`"), "a template string"),
    (re.compile(r"\?\.|\?\?"), "?. or ??"),
    (re.compile(r"\.\.\."), "a spread"),
    (re.compile(r"\*\*"), "**"),
    (re.compile(r"[-+*/%]="), "an assignment with an operator"),
    (re.compile(r"<<|>>|\^|~|(?<!&)&(?!&)|(?<!\|)\|(?!\|)"), "a bit operator"),
    (
        re.compile(
            r"\b(typeof|new|await|async|void|delete|function|return|let|const|var|if|else|for|while|instanceof)\b"
        ),
        "a keyword",
    ),
    (
        re.compile(
            r"(?<![.\w$])(window|document|console|globalThis|Math|JSON|Object|Array|String|Number|Boolean|Date|RegExp|Promise"
            r"|parseInt|parseFloat|fetch|alert|confirm|location|history|navigator|localStorage|setTimeout|eval)\b"
        ),
        "a global",
    ),
    (re.compile(r"\b(constructor|__proto__|prototype)\b"), "the way to a constructor"),
)


@dataclass(frozen=True)
class Fault:
    """One thing in a template that a page under the policy cannot hold; *line* counts from 1."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


def faults(template: str) -> list[Fault]:
    """Return what is wrong with *template* (Jinja or plain HTML), in the order of its lines."""
    reader = _Reader()
    reader.feed(_JINJA.sub(_blank, template))
    reader.close()
    return sorted(reader.found, key=lambda fault: fault.line)


def components(template: str) -> set[str]:
    """Return the names of the components that *template* asks for by `x-data`."""
    reader = _Reader()
    reader.feed(_JINJA.sub(_blank, template))
    return {match[0] for name in reader.components if (match := re.match(r"[A-Za-z_]\w*", name))}


def _blank(found: re.Match[str]) -> str:
    """Put a word where Jinja prints and nothing where it decides; the lines stay where they are."""
    lines = "\n" * found[0].count("\n")
    return f"jinja{lines}" if found[0].startswith("{{") else lines


class _Reader(HTMLParser):
    """Reads tags and their attributes; collects faults and component names."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Fault] = []
        self.components: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        given = {name: value or "" for name, value in attrs}
        whats = [*_tag_faults(tag, given)]
        for name, value in given.items():
            whats += _attribute_faults(name, value)
        self.found += [Fault(line, what) for what in whats]
        if given.get("x-data"):
            self.components.append(given["x-data"])


def _tag_faults(tag: str, given: dict[str, str]) -> Iterator[str]:
    if tag == "style":
        yield "<style> is refused by the policy: put the rules into a stylesheet."
    if tag == "script" and "src" not in given and given.get("type") not in _DATA_SCRIPTS:
        yield 'an inline <script> is refused by the policy: use a file, or type="application/json" for data.'
    for name in ("src", "href"):
        if tag in ("script", "link", "img", "iframe") and given.get(name, "").startswith(("http:", "https:", "//")):
            yield f'{tag} {name}="{given[name]}" is loaded from elsewhere: bring it along.'


def _attribute_faults(name: str, value: str) -> Iterator[str]:
    if name == "style":
        yield "a style attribute is refused by the policy: use a class or a data attribute."
    elif re.match(r"on[a-z]+$", name):
        yield f"{name}=… is refused by the policy: name a component with x-data instead."
    elif value.strip().lower().startswith("javascript:"):
        yield f'{name}="{value}" is refused by the policy.'
    elif name == "x-html":
        yield "x-html is not in Alpine's CSP build: let the server render it."
    elif _SWAP.match(name):
        yield f"{name} belongs to the library behind data-swap: use data-swap and its companions."
    elif name in (":style", "x-bind:style") and not value.lstrip().startswith("{"):
        yield f"{name} as text is refused by the policy: use an object or a class."
    elif _DIRECTIVE.match(name) and not _PLAIN.match(name):
        yield from (
            f'{name}="{value}" holds {what}, which Alpine\'s CSP build does not run: name a method.'
            for what in _refused(value)
        )


def _refused(expression: str) -> Iterator[str]:
    bare = _TEXT.sub("''", expression)
    for pattern, what in _REFUSED:
        if pattern.search(bare):
            yield what
