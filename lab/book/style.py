"""The book's style sheet for documents that stand alone: fonts inside, or colors without names."""

import base64
import re
from functools import cache

from lab.catalog import DOCS

_SHEET = DOCS / "assets" / "css" / "book.css"
_FONTS = DOCS / "assets" / "fonts"
_URL = re.compile(r"url\(\.\./fonts/([\w.-]+)\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DEFINITION = re.compile(r"(--[\w-]+):\s*([^;{}]+);")
_IS = re.compile(r"^(.*?):is\(([^()]*)\)(?= \{)", re.MULTILINE)
_USE = re.compile(r"var\((--[\w-]+)(?:,\s*([^()]*))?\)")


@cache
def sheet_with_fonts() -> str:
    """The whole sheet, which then asks for no other file."""
    return _URL.sub(lambda url: f"url({_inline(url[1])})", _SHEET.read_text(encoding="utf-8"))


@cache
def light_colors() -> dict[str, str]:
    """What each variable of the sheet stands for on paper."""
    text = _COMMENT.sub("", _SHEET.read_text(encoding="utf-8"))
    # The dark palette is a block of its own, for screens only.
    paper = re.sub(r"@media screen \{.*?\n\}\n", "", text, flags=re.DOTALL)
    found: dict[str, str] = {}
    for name, value in _DEFINITION.findall(paper):
        found.setdefault(name, value.strip())
    return found


def without_variables(text: str) -> str:
    """A sheet or a picture with each variable replaced: for readers that do not know them."""
    known = light_colors()
    while (replaced := _USE.sub(lambda use: known.get(use[1], use[2] or "inherit"), text)) != text:
        text = replaced
    return text


def without_is(sheet: str) -> str:
    """Each `.code :is(.k, .n)` written out: older readers leave out a rule that has it."""
    return _IS.sub(lambda rule: ", ".join(f"{rule[1]}{each}" for each in _split(rule[2])), sheet)


def _split(selectors: str) -> list[str]:
    return [each.strip() for each in selectors.split(",")]


def _inline(font: str) -> str:
    return "data:font/woff2;base64," + base64.b64encode((_FONTS / font).read_bytes()).decode()
