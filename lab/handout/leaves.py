"""The book away from the site: its pages in order, without what needs a screen.

A hint, an answer or a version of ours is folded on the site. Here it goes to the back, and a line
says so in its place. Links between pages stay links where the page is part of the book.
"""

import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from lab.book.pages import front_matter
from lab.book.tree import classes, is_comment, page_tree, remove, without, words
from lab.catalog import DOCS, ROOT, Step

# What goes to the back. The rest of what is folded stays, unfolded.
_TO_THE_BACK = {"hint", "question", "success", "example"}
_FOR_TEACHERS = {"abstract"}
BACK = "back"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of the book: it begins on a new page of paper, or is a file of an e-book."""

    # Part of each of its anchors, and of its file's name.
    name: str
    title: str
    # The heading that it stands under in the contents; empty for none.
    part: str
    # A `section`.
    body: Element


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page of the site is listed in its navigation."""

    # Below docs, with forward slashes.
    path: str
    part: str


# Given a leaf's name and one of its anchors, where a link to it leads.
Address = Callable[[str, str], str]


def leaves(
    chosen: Collection[Step],
    *,
    address: Address,
    for_teachers: bool = False,
    solutions: bool = True,
) -> list[Leaf]:
    """These chapters, or the whole book if there are none, and at the back what was folded.

    Without solutions, a chapter shows no line of its own step, and no answer to an exercise.
    """
    places = list(_chosen(chosen, for_teachers=for_teachers))
    names = {place.path: _name(place) for place in places}
    back = Element("section", id=BACK)
    back.append(_heading("h1", "Hints and answers"))
    made = []
    for place in places:
        page = _Page(place, names, address)
        made.append(page.leaf(for_teachers=for_teachers, solutions=solutions))
        back.extend(page.folded)
    return [*made, Leaf(BACK, "Hints and answers", "", back)] if len(back) > 1 else made


def _name(place: _Place) -> str:
    """Such as `steps-01-first-job`: begins with a letter, as an anchor of an e-book must."""
    return place.path.removesuffix(".md").replace("/", "-")


def navigation() -> list[_Place]:
    """Every page that the site's navigation lists, in order."""
    from mkdocs.config import load_config

    return list(_places(load_config(str(ROOT / "mkdocs.yml")).nav or [], ""))


def _places(entries: list[Any], part: str) -> Iterator[_Place]:
    for entry in entries:
        for title, what in entry.items():
            if isinstance(what, str):
                yield _Place(what, part)
            else:
                yield from _places(what, title)


def _chosen(chosen: Collection[Step], *, for_teachers: bool) -> Iterator[_Place]:
    wanted = {f"steps/{step.page}.md" for step in chosen}
    for place in navigation():
        for_all = for_teachers or not place.path.startswith("teach/")
        # The site's first page is a way in, and there is another one here.
        in_whole_book = for_all and place.path != "index.md"
        if place.path in wanted if wanted else in_whole_book:
            yield place


class _Page:
    """One page of the site on its way to becoming a leaf."""

    def __init__(self, place: _Place, names: dict[str, str], address: Address) -> None:
        self._place = place
        self._names = names
        self._address = address
        self._name = names[place.path]
        text = (DOCS / place.path).read_text(encoding="utf-8")
        self._step = front_matter(text).get("step")
        # What goes to the back: a heading for the page, one for each section, and what it folds.
        self.folded: list[Element] = []

    def leaf(self, *, for_teachers: bool, solutions: bool) -> Leaf:
        body = page_tree(DOCS / self._place.path)
        body.tag = "section"
        without(body, "headerlink", "linenos")
        if not for_teachers:
            _remove_section(body, "instructor")
        if not solutions:
            _remove_section(body, "what-changed")
            _remove_solutions(body, self._step)
        _remove_comments(body)
        title = words(next(body.iter("h1")))
        self._mend_anchors(body)
        self._mend_links(body)
        _lay_tabs_open(body)
        self._fold_to_the_back(body, title)
        for element in body.iter():
            _suit_paper(element)
        body.set("id", self._id(""))
        return Leaf(self._name, title, self._place.part, body)

    def _id(self, anchor: str) -> str:
        return f"{self._name}-{anchor}".replace(":", "-").rstrip("-")

    def _mend_anchors(self, body: Element) -> None:
        """No two pages have the same one; a picture's are its own already."""
        in_pictures = {e for picture in body.iter("svg") for e in picture.iter()}
        for element in body.iter():
            if element.get("id") and element not in in_pictures:
                element.set("id", self._id(element.attrib["id"]))

    def _mend_links(self, body: Element) -> None:
        for link in body.iter("a"):
            target, _, anchor = link.get("href", "").partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            path = posixpath.normpath(
                posixpath.join(posixpath.dirname(self._place.path), target.replace(".html", ".md"))
            )
            name = self._names.get(path) if target else self._name
            if name is None:
                _unlink(link)
            else:
                at = f"{name}-{anchor}".replace(":", "-").rstrip("-")
                link.set("href", self._address(name, at))

    def _fold_to_the_back(self, body: Element, title: str) -> None:
        section = title
        for parent in list(body.iter()):
            for child in list(parent):
                if child.tag in ("h2", "h3") and parent is body:
                    section = words(child)
                elif child.tag == "details" and classes(child) & _TO_THE_BACK:
                    self._move(parent, child, title, section)
                elif child.tag == "details":
                    _unfold(child)

    def _move(self, parent: Element, folded: Element, title: str, section: str) -> None:
        here, there = self._numbers(title, section)
        at = list(parent).index(folded)
        summary = folded[0]
        line = parent[at - 1] if at and classes(parent[at - 1]) == {"folded"} else None
        if line is None:
            line = Element("p", {"class": "folded", "id": here})
            line.text = "At the back: "
            parent.insert(at, line)
        else:
            line[-1].tail = ", "
        link = SubElement(line, "a", href=self._address(BACK, there))
        link.text = words(summary)
        parent.remove(folded)
        self._put_at_the_back(folded, there, self._address(self._name, line.get("id", "")))

    def _numbers(self, title: str, section: str) -> tuple[str, str]:
        """The anchors of the line here and of the text at the back; adds the headings there."""
        wanted = [("h2", title), ("h3", section)] if section != title else [("h2", title)]
        for tag, text in wanted:
            if text not in [words(e) for e in self.folded if e.tag == tag]:
                self.folded.append(_heading(tag, text))
        count = len(self.folded)
        return f"{self._name}-folded-{count}", f"{BACK}-{self._name}-{count}"

    def _put_at_the_back(self, folded: Element, anchor: str, origin: str) -> None:
        summary = folded[0]
        folded.tag = "div"
        folded.attrib = {"class": "from-a-fold", "id": anchor}
        folded.tail = "\n"
        summary.tag = "h4"
        text = words(summary)
        summary.clear()
        summary.tail = "\n"
        SubElement(summary, "a", href=origin).text = text
        self.folded.append(folded)


def _heading(tag: str, text: str) -> Element:
    heading = Element(tag)
    heading.text = text
    heading.tail = "\n"
    return heading


def _remove_section(body: Element, anchor: str) -> None:
    blocks = list(body)
    start = next((n for n, e in enumerate(blocks) if e.get("id") == anchor), None)
    if start is None:
        return
    for block in blocks[start:]:
        # Footnotes stand after the last section and belong to all.
        if block is not blocks[start] and (block.tag == "h2" or "footnote" in classes(block)):
            break
        body.remove(block)


def _remove_solutions(body: Element, number: int | None) -> None:
    """Leave out what shows the step's own code: listings of it, and versions of ours."""
    for parent in list(body.iter()):
        for child in list(parent):
            if child.tag == "details" and "success" in classes(child):
                remove(parent, child)
            elif child.tag == "figure" and _shows_step(child, number):
                name = words(child[0][0])
                child.tag = "p"
                child.attrib = {"class": "folded"}
                for inside in list(child):
                    child.remove(inside)
                child.text = f"Here the book shows its own {name}. You write yours."


def _shows_step(figure: Element, number: int | None) -> bool:
    """Whether its caption says `step 3`, or `step 2 → 3`."""
    note = figure.find("figcaption/span")
    return note is not None and bool(re.match(rf"step (\d+ → )?{number}\b", words(note)))


def _remove_comments(body: Element) -> None:
    for parent in list(body.iter()):
        for child in list(parent):
            if is_comment(child):
                remove(parent, child)


def _lay_tabs_open(body: Element) -> None:
    """Each tab's content below its label."""
    for tabs in [e for e in body.iter("div") if "tabbed-set" in classes(e)]:
        labels = [words(label) for label in tabs.iter("label")]
        contents = [e for e in tabs.iter("div") if "tabbed-block" in classes(e)]
        tabs.clear()
        tabs.set("class", "tabs")
        for label, content in zip(labels, contents, strict=True):
            SubElement(tabs, "p", {"class": "tab"}).text = label
            tabs.append(content)


def _unfold(folded: Element) -> None:
    folded.tag = "div"
    folded.attrib = {"class": "aside"}
    folded[0].tag = "p"
    folded[0].set("class", "aside-title")


def _unlink(link: Element) -> None:
    link.tag = "span"
    link.attrib.clear()


def _suit_paper(element: Element) -> None:
    """Without what is for a keyboard, and for a screen that scrolls."""
    if element.tag == "pre":
        for name in ("tabindex", "role", "aria-label"):
            element.attrib.pop(name, None)
    for name in ("markdown", "title") if element.tag == "a" else ("markdown",):
        element.attrib.pop(name, None)
