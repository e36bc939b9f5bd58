"""Nothing grows beyond what a person can hold in mind: the budgets of the architecture."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.checkout import PRODUCT, definitions, name, under

BUDGETS = {
    "file": 400,
    "function": 40,
    "class": 250,
    "methods": 20,
    "template": 120,
    "javascript": 300,
    "stylesheet": 400,
}
FOLDERS = (*PRODUCT, "tests", "e2e", "tools")


@cache
def exceptions() -> dict[tuple[str, str], str]:
    """The allow-list: (budget, where) to its reason."""
    listed = tomllib.loads((Path(__file__).parent / "exceptions.toml").read_text()).get("exception", [])
    return {(each["budget"], each["where"]): each["reason"] for each in listed}


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def length(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the name to the end, without the docstring: telling more is not what the budget is for."""
    first = node.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if told else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


def sizes() -> Iterator[tuple[str, str, int]]:
    """Everything that has a budget: (budget, where, size)."""
    for path in under(*FOLDERS, suffix=".py"):
        yield "file", name(path), lines(path)
        for qualified, node in definitions(path):
            where = f"{name(path)}::{qualified}"
            if isinstance(node, ast.ClassDef):
                yield "class", where, length(node)
                functions = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
                yield "methods", where, sum(not each.name.startswith("_") for each in functions)
            else:
                yield "function", where, length(node)
    for budget, suffix in (("template", ".html"), ("javascript", ".js"), ("stylesheet", ".css")):
        for path in under(*PRODUCT, suffix=suffix):
            yield budget, name(path), lines(path)


@pytest.mark.parametrize("budget", BUDGETS)
def test_nothing_is_larger_than_its_budget(budget: str) -> None:
    over = [
        f"{where} has {size} (at most {BUDGETS[kind]})"
        for kind, where, size in sizes()
        if kind == budget and size > BUDGETS[kind] and (kind, where) not in exceptions()
    ]
    assert over == []


def test_an_exception_has_a_reason_and_goes_when_it_is_not_needed() -> None:
    needed = {(kind, where) for kind, where, size in sizes() if size > BUDGETS[kind]}
    assert [where for where in exceptions() if where not in needed] == []
    assert [where for where, reason in exceptions().items() if len(reason) < 20] == []
