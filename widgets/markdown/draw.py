"""From Markdown to clean HTML: parsed with HTML off, then cleaned by a closed list of elements and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from nexus_admin.sdk import Drawing, Result

from .options import MarkdownOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

TAGS = {
    "p", "h3", "h4", "h5", "h6", "strong", "em", "s", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "hr", "br", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
LIFT = {f"h{level}": f"h{min(level + 2, 6)}" for level in range(1, 7)}


def draw(options: MarkdownOptions, results: Sequence[Result]) -> Drawing:
    """Return `html`, safe to print. Headings begin at the third level: the page and the widget have the first two."""
    import nh3

    parser = _parser()
    tokens = parser.parse(options.text)
    for token in tokens:
        token.tag = LIFT.get(token.tag, token.tag)
    made = parser.renderer.render(tokens, parser.options, {})
    clean = nh3.clean(
        made,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Drawing({"html": Markup(clean)}, "")


@cache
def _parser() -> MarkdownIt:
    """Read when the first text is drawn: most starts of a server have none."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
