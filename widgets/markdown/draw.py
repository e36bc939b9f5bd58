"""From Markdown to clean HTML: parsed with HTML off, then cleaned by a closed list of elements and addresses."""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from nexus_admin.sdk import Drawing, Result

from .options import MarkdownOptions

TAGS = {
    "p", "h3", "h4", "h5", "h6", "strong", "em", "s", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "hr", "br", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
LIFT = {f"h{level}": f"h{min(level + 2, 6)}" for level in range(1, 7)}
_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


def draw(options: MarkdownOptions, results: Sequence[Result]) -> Drawing:
    """Return `html`, safe to print. Headings begin at the third level: the page and the widget have the first two."""
    tokens = _PARSER.parse(options.text)
    for token in tokens:
        token.tag = LIFT.get(token.tag, token.tag)
    made = _PARSER.renderer.render(tokens, _PARSER.options, {})
    clean = nh3.clean(
        made,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Drawing({"html": Markup(clean)}, "")
