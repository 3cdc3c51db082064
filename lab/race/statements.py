"""Which lines of a file belong to one statement.

Python's line events differ from version to version inside a statement of several lines, and for a
comprehension. Its statements are the same everywhere, and what a reader steps by.
"""

import ast
import linecache
from types import FrameType


class Statements:
    """The statements of one file."""

    def __init__(self, source: str) -> None:
        # For each line of a statement, the line it begins on.
        self._heads: dict[int, int] = {}
        # The statements with a comprehension. Where it loops, nothing begins anew.
        self.comprehensions: set[int] = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.stmt | ast.ExceptHandler):
                self._add(node)

    def head(self, line: int) -> int:
        return self._heads.get(line, line)

    def _add(self, node: ast.stmt | ast.ExceptHandler) -> None:
        last = _last_line_of_head(node)
        self._heads |= dict.fromkeys(range(_first_line(node), last + 1), node.lineno)
        inside = (ast.ListComp, ast.SetComp, ast.DictComp)
        if any(isinstance(each, inside) and each.lineno <= last for each in ast.walk(node)):
            self.comprehensions.add(node.lineno)


def statements(file: str) -> Statements:
    """Those of a file as `linecache` has it now."""
    lines = linecache.getlines(file)
    if file not in _known or _known[file][0] != lines:
        try:
            _known[file] = lines, Statements("".join(lines))
        except SyntaxError:  # not Python as a file, such as a cell of a notebook
            _known[file] = lines, Statements("")
    return _known[file][1]


def statement_line(frame: FrameType) -> int:
    """Where the statement begins that the call is at: the same line in every Python."""
    code = frame.f_code
    # A lambda's own line, rather than that of the statement around it.
    return max(statements(code.co_filename).head(frame.f_lineno), code.co_firstlineno)


_known: dict[str, tuple[list[str], Statements]] = {}


def _first_line(node: ast.stmt | ast.ExceptHandler) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _last_line_of_head(node: ast.stmt | ast.ExceptHandler) -> int:
    """Where the statement ends, or for a compound one, where the part before its body does."""
    if isinstance(node, ast.Match):
        return max(node.lineno, node.cases[0].pattern.lineno - 1)
    body: list[ast.stmt] = getattr(node, "body", [])
    if not body:
        return node.end_lineno or node.lineno
    return max(node.lineno, _first_line(body[0]) - 1)
