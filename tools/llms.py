"""What the documentation has, as one text: `python tools/llms.py site` writes `site/llms.txt` and `site/llms-full.txt`.

The first lists every page by its section, with its address and first sentence; the second is all of them, one after
the other. Both are made from the navigation in `zensical.toml`, whenever the site is built.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def pages(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Yield (section, file below docs/) for each page, in the order of the navigation."""
    for section in tomllib.loads((root / "zensical.toml").read_text())["project"]["nav"]:
        for title, files in section.items():
            yield from ((title, one) for one in files)


def address(file: str) -> str:
    """Return where a page is on the site, seen from its root."""
    place = file.removesuffix(".md").removesuffix("index")
    return f"{place}/" if place and not place.endswith("/") else place or "./"


def title_of(text: str) -> str:
    """Return the heading of a page."""
    return next(line for line in text.splitlines() if line.startswith("# ")).removeprefix("# ")


def about(text: str) -> str:
    """Return the first sentence below the heading, as plain text."""
    below = text.split("\n# ", 1)[-1] if not text.startswith("# ") else text
    for block in re.split(r"\n\s*\n", below)[1:]:
        if not block.startswith(("#", "```", "|", "<", "!", "*", "- ")):
            plain = re.sub(r"\[([^\]]+)\]\([^)]+\)|[*`]", lambda found: found[1] or "", " ".join(block.split()))
            return re.split(r"(?<=[.!?:]) (?=[A-Z])", plain)[0]
    return ""


def listed(root: Path = ROOT) -> str:
    """Return the list of all pages."""
    project = tomllib.loads((root / "zensical.toml").read_text())["project"]
    lines, before = [f"# {project['site_name']}", "", f"> {project['site_description']}"], ""
    for section, file in pages(root):
        if section != before:
            lines += ["", f"## {section}", ""]
            before = section
        text = (root / "docs" / file).read_text()
        said = about(text)
        lines.append(f"- [{title_of(text)}]({address(file)}){f': {said}' if said else ''}")
    return "\n".join([*lines, ""])


def full(root: Path = ROOT) -> str:
    """Return all pages, each behind a line that says its address."""
    texts = ((file, (root / "docs" / file).read_text()) for _, file in pages(root))
    return "\n".join(f"<!-- {address(file)} -->\n{text}" for file, text in texts)


def main() -> None:
    """Write both into the folder that is named."""
    folder = Path(sys.argv[1])
    for name, text in (("llms.txt", listed()), ("llms-full.txt", full())):
        (folder / name).write_text(text, encoding="utf-8")
        print(f"{folder / name}: {len(text):,} characters")


if __name__ == "__main__":
    main()
