"""A page as a tree of elements, made the way the site makes it, for whoever needs parts of it.

The slides, the paper book and the e-book are made from these trees: nothing renders a chapter but
the site's own Markdown extensions.
"""

import html.entities
import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, tostring

from markdown import Markdown

from lab.catalog import ROOT, LabError

_FRONT_MATTER = re.compile(r"---\n.*?\n---\n", re.DOTALL)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(\w+;)")
# The elements that a script makes into something to play with, and what of each is for it alone.
# A table's caption says the title again; and the game's table is what a reader is to find out.
_PLAYED = {
    "race-player": ("script", "template", "p.race-title"),
    "race-game": ("script", "template", "table"),
    "pool-simulator": ("script", "template"),
}
_A_GAME = "On the site this is a game: line by line, you pick which thread goes on."
_SVG = ' xmlns="http://www.w3.org/2000/svg"'


def page_tree(page: Path) -> Element:
    """The elements of a page, in one `div`. Raises LabError if the page is wrong."""
    text = page.read_text(encoding="utf-8")
    try:
        return tree(_FRONT_MATTER.sub("", text, count=1))
    except ParseError as error:
        raise LabError(f"{page}: its HTML is not well formed: {error}") from error


def tree(markdown: str) -> Element:
    """The elements of some Markdown, in one `div`; comments are kept as elements, too."""
    extensions, options = _extensions()
    md = Markdown(extensions=extensions, extension_configs=options, output_format="xhtml")
    text = _ENTITY.sub(lambda entity: html.entities.html5[entity[1]], md.convert(markdown))
    parser = XMLParser(target=TreeBuilder(insert_comments=True))
    # Without its namespace a picture's elements have plain names; `as_xhtml` gives it back.
    parser.feed(f"<div>{text.replace(_SVG, '')}</div>")
    root: Element = parser.close()
    _keep_what_needs_no_script(root)
    return root


def _keep_what_needs_no_script(root: Element) -> None:
    """What is played back is a table on paper; a game is told of."""
    for parent in list(root.iter()):
        if (unwanted := _PLAYED.get(parent.tag)) is None:
            continue
        for child in list(parent):
            if child.tag in unwanted or f"{child.tag}.{child.get('class')}" in unwanted:
                remove(parent, child)
        if parent.tag == "race-game":
            said = Element("p", {"class": "race-note"})
            said.text = _A_GAME
            parent.insert(1, said)
        parent.tag = "div"


def as_html(element: Element) -> str:
    """For a page of HTML."""
    return tostring(element, encoding="unicode", method="html")


def as_xhtml(element: Element) -> str:
    """For an XHTML document, whose own namespace is that of XHTML."""
    for picture in element.iter("svg"):
        picture.set("xmlns", "http://www.w3.org/2000/svg")
    return tostring(element, encoding="unicode", method="xml")


def is_comment(element: Element) -> bool:
    return callable(element.tag)


def classes(element: Element) -> set[str]:
    return set(element.get("class", "").split())


def words(element: Element) -> str:
    """The element's text, in one line."""
    return " ".join("".join(element.itertext()).split())


def without(element: Element, *unwanted: str) -> None:
    """Remove every element below this one that has one of these classes; text behind it stays."""
    for parent in list(element.iter()):
        for child in list(parent):
            if not is_comment(child) and classes(child) & set(unwanted):
                remove(parent, child)


def remove(parent: Element, child: Element) -> None:
    """Take a child away, and leave the text that follows it."""
    at = list(parent).index(child)
    tail = child.tail or ""
    if at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(child)


@cache
def _extensions() -> tuple[list[str], dict[str, Any]]:
    from mkdocs.config import load_config

    config = load_config(str(ROOT / "mkdocs.yml"))
    return config.markdown_extensions, config.mdx_configs
