"""Print the rows of the requirements that no test proves: `make reqs`.

A test that proves a row carries `@pytest.mark.req("S003-CRUD-07")`. Marks are read from the source, so that
nothing has to run. The table is looked for beside the checkout; `NEXUS_REQUIREMENTS` names another file.
`--proved` prints the proved rows with their tests instead.
"""

import ast
import os
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUITES = {
    **dict.fromkeys(("tests", "e2e", "plugins", "widgets", "example_app"), "test_*.py"),
    "nexus_admin/testing": "*.py",  # the contracts, which those suites run on every engine and driver
}
"""Folders with tests, and what their files are called."""
ROW = re.compile(r"^\| (S\d{3}-[A-Z]+-\d+[a-z]?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$")


def promised(table: Path) -> dict[str, str]:
    """Return every row of *table*: its id, and what it means in our product."""
    found = (ROW.match(line) for line in table.read_text(encoding="utf-8").splitlines())
    return {row[1]: row[3] for row in found if row}


def _marks(node: ast.AST) -> list[str]:
    """The ids in `pytest.mark.req(...)` calls anywhere below *node*."""
    return [
        argument.value
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "req"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def proved(root: Path = ROOT) -> dict[str, list[str]]:
    """Return the ids that tests below *root* carry, each with the files that prove it."""
    proofs: dict[str, list[str]] = defaultdict(list)
    for suite, files in SUITES.items():
        for file in sorted((root / suite).rglob(files)):
            for row in _marks(ast.parse(file.read_text(encoding="utf-8"))):
                proofs[row].append(file.relative_to(root).as_posix())
    return dict(proofs)


def main() -> int:
    """Print the gap; return 1 when a test proves a row that does not exist."""
    table = Path(os.environ.get("NEXUS_REQUIREMENTS", ROOT.parent / "shared/requirements.md"))
    if not table.is_file():
        print(f"The requirements are not at {table}; NEXUS_REQUIREMENTS may name another file.", file=sys.stderr)
        return 2
    rows, proofs = promised(table), proved()
    if "--proved" in sys.argv:
        for row in sorted(set(rows) & set(proofs)):
            print(f"{row}  {', '.join(sorted(set(proofs[row])))}")
    else:
        for row in sorted(set(rows) - set(proofs)):
            print(f"{row}  {rows[row]}")
    print(f"\n{len(set(rows) & set(proofs))} of {len(rows)} rows are proved by a test.")
    unknown = sorted(set(proofs) - set(rows))
    for row in unknown:
        print(f"There is no row {row}, which {', '.join(proofs[row])} claims to prove.", file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
