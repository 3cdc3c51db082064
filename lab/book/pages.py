"""The Markdown pages as they are written: their front matter and every fence on them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.catalog import DOCS, ROOT

_FRONT_MATTER = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)
# A fence may stand in an admonition (indented) or in a quotation.
_OPENING = re.compile(r"(?P<prefix>[ \t>]*)(?P<ticks>`{3,}|~{3,})(?P<info>[^`]*)")
_INFO = re.compile(r"\s*\{?\s*\.?(?P<language>[\w+-]*)\s*(?P<attributes>.*?)\s*\}?\s*")


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block of a page."""

    # Where its first line stands; counted from 1.
    line: int
    language: str
    # What follows the language, such as `norun="needs a network"`.
    attributes: str
    body: str


def pages() -> list[Path]:
    """Every page of the book, and the README."""
    readme = ROOT / "README.md"
    return [*sorted(DOCS.rglob("*.md")), *([readme] if readme.exists() else [])]


def front_matter(text: str) -> dict[str, Any]:
    """What a page says of itself before its first heading; empty if it says nothing."""
    match = _FRONT_MATTER.match(text)
    found = yaml.safe_load(match[1]) if match else None
    return found if isinstance(found, dict) else {}


def fences(text: str) -> Iterator[Fence]:
    """Every fence of a page, wherever it stands, in order.

    Raises ValueError for one that is never closed.
    """
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        opening = _OPENING.fullmatch(lines[at])
        if opening is None:
            at += 1
            continue
        first = at
        at += 1
        body: list[str] = []
        while at < len(lines) and lines[at].strip(" \t>") != opening["ticks"]:
            body.append(_inside(lines[at], opening["prefix"]))
            at += 1
        if at == len(lines):
            raise ValueError(f"line {first + 1}: the fence is never closed")
        at += 1
        info = _INFO.fullmatch(opening["info"])
        assert info is not None
        yield Fence(first + 1, info["language"], info["attributes"], "\n".join(body) + "\n")


def _inside(line: str, prefix: str) -> str:
    return line.removeprefix(prefix) if line.startswith(prefix) else line.lstrip(" \t>")
