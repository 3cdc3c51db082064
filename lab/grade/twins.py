"""Checks that nothing can keep, made from the promises: whoever keeps one is not to be believed.

A twin is a promise's own test with something else expected: a text made from chance a moment ago,
an error of a class that nobody has seen, a condition that is never true. No code, right or wrong,
keeps it. A run in which everything passes, an object that claims to be equal to everything, or
verdicts that were written beforehand, do.
"""

import ast
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest


def twin_of(item: pytest.Item) -> Callable[..., Any] | None:
    """The test function of the item's twin; None if its test has nothing that can be changed."""
    function = getattr(item, "function", None)
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        return None
    written = _functions(item.path).get(function.__name__)
    if written is None:
        return None
    tree = ast.parse(ast.unparse(written)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list = []
    if not any(change(node) for node in reversed(tree.body) for change in _CHANGES):
        return None
    module = ast.fix_missing_locations(ast.Module([tree], []))
    made: dict[str, Any] = {}
    exec(compile(module, str(item.path), "exec"), function.__globals__, made)
    twin: Callable[..., Any] = made[function.__name__]
    return twin


@cache
def _functions(path: Path) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _expect_another_value(node: ast.stmt) -> bool:
    """`assert job.status == "pending"`: never the text that chance made here."""
    match node:
        case ast.Assert(test=ast.Compare(ops=[ast.Eq()]) as comparison):
            comparison.comparators = [ast.Constant(secrets.token_hex())]
            return True
    return False


def _expect_another_error(node: ast.stmt) -> bool:
    """`with pytest.raises(KeyError):`: never an error of the class that is made here."""
    match node:
        case ast.With(items=[ast.withitem(context_expr=ast.Call(args=[_]) as call)]) if (
            ast.unparse(call.func) == "pytest.raises"
        ):
            call.args = [ast.parse("type('Unheard', (Exception,), {})", mode="eval").body]
            call.keywords = []
            return True
    return False


def _expect_the_impossible(node: ast.stmt) -> bool:
    """`race(setup, workers, check)`: in no schedule does the check hold."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="race"), args=[_, _, _]) as call):
            call.args[2] = ast.parse("lambda *state: False", mode="eval").body
            return True
    return False


_CHANGES = (_expect_another_value, _expect_another_error, _expect_the_impossible)
