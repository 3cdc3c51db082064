"""Which misconception belongs to which section of a chapter.

The notes list them by wrong solution; a wrong solution names the promise that catches it; and a
promise names the section that teaches it.
"""

import ast
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from lab.book.instructor import part
from lab.book.tree import tree, words
from lab.catalog import Step
from lab.solutions import wrong_solutions


def misconceptions(step: Step) -> dict[str, list[Element]]:
    """For each section's anchor, the rows of the notes' table that belong to it."""
    sections = _section_of_each_promise(step)
    caught_by = {wrong.path.stem: wrong.caught_by for wrong in wrong_solutions(step)}
    found: dict[str, list[Element]] = {}
    for row in tree(part(step, "misconceptions")).iterfind(".//tbody/tr"):
        names = [words(code) for code in row[0].iter("code")]
        promise = caught_by.get(names[0]) if names else None
        if promise in sections:
            found.setdefault(sections[promise], []).append(row)
    return found


def _section_of_each_promise(step: Step) -> dict[str | None, str]:
    found: dict[str | None, str] = {}
    for path in sorted(step.tests.glob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        whole_file = next(_anchors(n for n in module.body if isinstance(n, ast.Assign)), None)
        for node in module.body:
            if isinstance(node, ast.FunctionDef):
                anchor = next(_anchors(node.decorator_list), whole_file)
                found |= {node.name: anchor} if anchor else {}
    return found


def _anchors(nodes: "Iterator[ast.Assign] | list[ast.expr]") -> Iterator[str]:
    """What stands in the `chapter("…")` marks among these."""
    for node in nodes:
        for call in ast.walk(node):
            match call:
                case ast.Call(
                    func=ast.Attribute(attr="chapter"), args=[ast.Constant(value=str(anchor))]
                ):
                    yield anchor
