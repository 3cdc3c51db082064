"""The book, or some of its chapters, as one document to print; and printed, as a PDF."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from lab.book.browser import chromium, find_chromium
from lab.book.style import sheet_with_fonts
from lab.book.tree import as_html
from lab.catalog import LabError, Step
from lab.handout.leaves import Leaf, leaves

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_HERE = Path(__file__).parent
_PAGE_OF_A_PDF = re.compile(rb"/Type\s*/Page\b(?!s)")


def document(
    chosen: Collection[Step], *, for_teachers: bool = False, solutions: bool = True
) -> str:
    """One HTML file that asks for no other, made for paper. No chapters chosen: the whole book."""
    made = leaves(
        chosen,
        for_teachers=for_teachers,
        solutions=solutions,
        address=lambda name, anchor: f"#{anchor}",
    )
    return _PAGE.format(
        style=sheet_with_fonts() + _read("colors.css") + _read("paper.css"),
        contents=_contents(made),
        leaves="".join(as_html(leaf.body) for leaf in made),
    )


@dataclass(frozen=True, slots=True)
class Printed:
    """A document as a PDF."""

    pdf: bytes
    pages: int
    # The page on which each leaf begins, by its name.
    begins: dict[str, int]


def write_pdf(html: str, out: Path) -> Printed:
    """Print the document into a file, with page numbers in its contents.

    Raises LabError, saying what to install, where there is no browser.
    """
    if find_chromium() is None:
        raise LabError(
            "a PDF is printed by a browser, and there is no Chromium, Chrome or Edge on the PATH; "
            "install one (on Debian: apt install chromium), or use --html and print that file "
            "from the browser that you have"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, chromium(playwright) as browser:
        printed = printed_by(browser, html)
    out.write_bytes(printed.pdf)
    return printed


def printed_by(browser: "Browser", html: str) -> Printed:
    """Print the document with this browser."""
    with browser.new_page(color_scheme="light") as page:
        page.set_content(html, wait_until="load")
        page.evaluate("document.fonts.ready")
        begins = _begins(page)
        page.evaluate(
            "begins => document.querySelectorAll('[data-page]').forEach("
            "line => { line.textContent = begins[line.dataset.page]; })",
            begins,
        )
        pdf = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    return Printed(pdf, _count(pdf), begins)


def _begins(page: "Page") -> dict[str, int]:
    """Where each leaf begins: behind all the pages of those before it.

    A browser does not tell the numbers of its pages, but each leaf begins on a new one.
    """
    found = {}
    number = 1 + _pages_of(page, "front")
    for name in page.evaluate("[...document.querySelectorAll('body > section')].map(s => s.id)"):
        found[name] = number
        number += _pages_of(page, name)
    return found


def _pages_of(page: "Page", name: str) -> int:
    only = page.add_style_tag(content=f"body > :not([id='{name}']) {{ display: none }}")
    count = _count(page.pdf(prefer_css_page_size=True))
    only.evaluate("style => style.remove()")
    return count


def _count(pdf: bytes) -> int:
    return len(_PAGE_OF_A_PDF.findall(pdf))


def _contents(made: Sequence[Leaf]) -> str:
    lines = []
    part = ""
    for leaf in made:
        if leaf.part != part:
            lines += [f'<li class="part">{escape(leaf.part)}</li>'] if leaf.part else []
            part = leaf.part
        lines.append(
            f'<li><a href="#{leaf.name}">{escape(leaf.title)}</a>'
            f'<span data-page="{leaf.name}"></span></li>'
        )
    return "".join(lines)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_PAGE = """<!doctype html>
<html lang="en" data-md-color-scheme="default">
<head>
<meta charset="utf-8">
<title>PyQueue</title>
<style>{style}</style>
</head>
<body class="md-typeset">
<header id="front"><p class="book-title">PyQueue</p>
<p class="book-about">Build a job queue in Python, step by step</p>
<nav aria-label="Contents"><ul class="contents">{contents}</ul></nav></header>
{leaves}
</body>
</html>
"""
