"""Sentences of a paragraph, with the markup inside them."""

import re
from copy import copy, deepcopy
from xml.etree.ElementTree import Element

from lab.book.tree import is_comment, words

_END = re.compile(r"(?<=[.?!])(?<!e\.g\.)(?<!i\.e\.)\s+")


def sentences(paragraph: Element) -> list[Element]:
    """Each sentence of the paragraph as a paragraph of its own.

    A full stop inside emphasis or code ends no sentence.
    """
    found = [Element("p")]
    _add_text(found, paragraph.text)
    for child in paragraph:
        inside = copy(child)
        inside.tail = None
        if not is_comment(child):
            found[-1].append(deepcopy(inside))
            _break_after(found, inside, child.tail)
        _add_text(found, child.tail)
    return [sentence for sentence in found if words(sentence)]


def ending(paragraph: Element, at_least: int) -> Element:
    """The last sentence, and those before it until there are so many characters."""
    *earlier, last = sentences(paragraph)
    while earlier and len(words(last)) < at_least:
        before = earlier.pop()
        _append(before, " " + (last.text or ""))
        before.extend(last)
        last = before
    return last


def _add_text(found: list[Element], text: str | None) -> None:
    first, *rest = _END.split(text or "")
    _append(found[-1], first)
    for piece in rest:
        found.append(Element("p"))
        _append(found[-1], piece)


def _break_after(found: list[Element], inside: Element, tail: str | None) -> None:
    """Emphasis that holds a whole sentence ends it."""
    follows = tail or ""
    if inside.tag in ("strong", "em") and words(inside)[-1:] in tuple(".?!") and follows[:1] == " ":
        found.append(Element("p"))


def _append(sentence: Element, text: str) -> None:
    if len(sentence):
        sentence[-1].tail = (sentence[-1].tail or "") + text
    else:
        sentence.text = (sentence.text or "") + text
