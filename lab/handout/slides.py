"""The slides of a chapter, chosen from its page.

Nobody writes slides. A task gives one for each piece of code and each picture, under the sentence
that leads to it, and one for the principle in bold; Predict asks on one slide and answers on the
next; the invariants, the checkpoint and what is not proven are lists. What the chapter says in
between becomes the speaker's notes. A page may say more, in comments that no reader sees:

    <!-- slide -->         the next block is shown, too
    <!-- slide: Title -->  a new slide begins here
    <!-- no slide -->      the next block is not shown
"""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from lab.book.instructor import part
from lab.book.tree import classes, is_comment, page_tree, remove, tree, without, words
from lab.catalog import Step
from lab.chapter import read_chapter
from lab.handout.misconceptions import misconceptions
from lab.handout.sentences import ending, sentences

# Lines that one slide takes; a picture fills one.
_FULL = 17
_PICTURE = 13
# A sentence longer than this is for the speaker.
_LONGEST_SENTENCE = 230
# A shorter one leads to nothing without the one before it.
_SHORTEST_LEAD = 45
# Code of more lines than this stands in two columns.
_LONG_CODE = 24
# The classes of what a page shows between its paragraphs.
_PICTURES = {"highlight", "code", "diagram", "plot"}
# Bold of fewer words is a term, not a principle.
_SHORTEST_PRINCIPLE = 5


@dataclass(slots=True)
class Slide:
    """What is shown at once, and what is said meanwhile."""

    title: str
    # "title", "told", "question", "answer", "list".
    kind: str
    shown: list[Element] = field(default_factory=list)
    notes: list[Element] = field(default_factory=list)
    # About how many lines are taken.
    lines: int = 0

    def show(self, block: Element, lines: int) -> None:
        self.shown.append(block)
        self.lines += lines


def slides(step: Step) -> list[Slide]:
    """The slides of the step's chapter, in order."""
    page = page_tree(step.chapter)
    without(page, "headerlink", "footnote", "linenos")
    _remove_footnote_signs(page)
    made = [_title(step, page)]
    for heading, blocks in _sections(page):
        make = _MAKERS.get(heading.get("id", ""), _told)
        found = list(make(words(heading), blocks))
        _add_misconceptions(step, heading.get("id", ""), found)
        made += found
    _notes_of(made, "checkpoint", step, "questions")
    return [_tidied(slide) for slide in made]


def _title(step: Step, page: Element) -> Slide:
    chapter = read_chapter(step)
    slide = Slide(chapter.title, "title")
    slide.show(tree(str(chapter.front_matter["summary"]))[0], 2)
    first = next((n for n, e in enumerate(page) if e.tag == "h2"), len(page))
    slide.notes += [block for block in page[:first] if block.tag == "p"]
    for name in ("time", "board"):
        slide.notes += list(tree(part(step, name)))
    return slide


def _sections(page: Element) -> Iterator[tuple[Element, list[Element]]]:
    starts = [n for n, block in enumerate(page) if block.tag == "h2"]
    for start, end in pairwise([*starts, len(page)]):
        yield page[start], page[start + 1 : end]


def _told(title: str, blocks: Iterable[Element]) -> Iterator[Slide]:
    """A section that is told with code and pictures."""
    telling = _Telling(title)
    for block in blocks:
        telling.hear(block)
    yield from telling.end()


class _Telling:
    """The slides of one section, while its blocks are read."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._slides = [Slide(title, "told")]
        # Paragraphs that no slide has as its notes yet.
        self._said: list[Element] = []
        # What the last comment asks of the next block.
        self._wish = ""

    def hear(self, block: Element) -> None:
        wish, self._wish = self._wish, ""
        if is_comment(block):
            self._obey((block.text or "").strip())
        elif wish == "no slide":
            self._said.append(block)
        elif block.tag == "h3":
            self._begin(words(block))
        elif _is_picture(block):
            self._picture(block)
        elif wish == "slide" or block.tag == "table":
            self._add(block, 2 + 2 * len(block.findall(".//tr")) + 2 * len(block))
        elif block.tag == "p":
            self._paragraph(block)
        elif block.tag in ("ul", "ol"):
            self._said.append(block)

    def end(self) -> list[Slide]:
        self._slides[-1].notes += self._said
        return [slide for slide in self._slides if slide.shown]

    def _obey(self, comment: str) -> None:
        name, colon, title = comment.partition(":")
        if name == "slide" and colon:
            self._begin(title.strip())
        elif name in ("slide", "no slide"):
            self._wish = name

    def _begin(self, title: str) -> None:
        self._title = title
        self._hand_over()
        self._slides.append(Slide(title, "told"))

    def _hand_over(self) -> None:
        """What was said so far was said about the slide before."""
        self._slides[-1].notes += self._said
        self._said = []

    def _paragraph(self, block: Element) -> None:
        principle = _principle(block)
        if principle is not None and self._slides[-1].shown and _opens_a_topic(block):
            self._begin(self._title)
        self._said.append(block)
        if principle is not None:
            self._add(principle, 3)
        elif not self._slides[-1].shown and len(self._said) == 1:
            self._slides[-1].shown += _short(sentences(block)[:1])

    def _picture(self, block: Element) -> None:
        lead = _short([ending(self._said[-1], _SHORTEST_LEAD)]) if self._said_last() else []
        kept = self._said[-1:] if lead else []
        self._said = self._said[: len(self._said) - len(kept)]
        lead = _not_shown_yet(self._slides[-1], lead)
        self._add(block, _lines(block), lead)
        self._said += kept

    def _said_last(self) -> bool:
        return bool(self._said) and self._said[-1].tag == "p"

    def _add(self, block: Element, lines: int, lead: Iterable[Element] = ()) -> None:
        slide = self._slides[-1]
        if slide.lines and slide.lines + lines > _FULL:
            self._hand_over()
            slide = Slide(self._title, "told")
            self._slides.append(slide)
        for sentence in lead:
            slide.show(sentence, 2)
        slide.show(block, lines)


def _invariants(title: str, blocks: Iterable[Element]) -> Iterator[Slide]:
    """The numbered list, and a picture if there is one."""
    listed = Slide(title, "list")
    for block in blocks:
        if block.tag == "ol":
            listed.show(block, 2 * len(block))
        elif "diagram" in classes(block):
            yield listed
            listed = Slide(title, "told", [block])
        elif block.tag == "p":
            listed.notes.append(block)
    if listed.shown:
        yield listed


def _predict(title: str, blocks: Iterable[Element]) -> Iterator[Slide]:
    """The question, and on a slide of its own the answer."""
    question = Slide(title, "question")
    for block in blocks:
        if is_comment(block):
            continue
        if "question" in classes(block):
            yield question
            question = Slide("Answer", "answer")
            for inside in block[1:]:
                _show_or_say(question, inside)
        else:
            _show_or_say(question, block)
    yield question


def _show_or_say(slide: Slide, block: Element) -> None:
    """Code, pictures and bold questions are shown; an answer's first sentence, too."""
    if _is_picture(block):
        slide.show(block, _lines(block))
        return
    slide.notes.append(block)
    if block.tag != "p":
        return
    asked = [sentence for sentence in sentences(block) if sentence.find("strong") is not None]
    if not asked and slide.kind == "answer" and not any(b.tag == "p" for b in slide.shown):
        asked = sentences(block)[:1]
    for sentence in _short(asked):
        slide.show(sentence, 2)


def _changed(title: str, blocks: Iterable[Element]) -> Iterator[Slide]:
    """Which files the step touches."""
    slide = Slide(title, "told")
    for block in blocks:
        if "step-summary" in classes(block):
            slide.show(block, 2 * len(block.findall(".//tr")))
        elif block.tag == "p":
            slide.notes.append(block)
    if slide.shown:
        yield slide


def _checkpoint(title: str, blocks: Iterable[Element]) -> Iterator[Slide]:
    """What to look for in one's own code."""
    slide = Slide(title, "list")
    for block in blocks:
        if block.tag in ("ol", "ul"):
            slide.show(block, 2 * len(block))
        elif block.tag == "p":
            slide.notes.append(block)
            if not slide.shown:
                slide.shown += _short(sentences(block)[:1])
    if slide.shown:
        yield slide


def _leads(title: str, blocks: Iterable[Element]) -> Iterator[Slide]:
    """A list of which each entry begins in bold: the bold is shown, the rest is said."""
    slide = Slide(title, "list")
    bullets = Element("ul")
    for block in blocks:
        entries = list(block) if block.tag == "ul" else [block] if block.tag == "p" else []
        slide.notes += [block] if entries else []
        for entry in entries:
            _bullet(bullets, entry.find("p") if entry.find("p") is not None else entry)
    if len(bullets):
        slide.show(bullets, 2 * len(bullets))
        yield slide


def _bullet(bullets: Element, entry: Element | None) -> None:
    bold = entry.find("strong") if entry is not None else None
    if entry is None or bold is None or (entry.text or "").strip():
        return
    first = sentences(entry)[0]
    first.tag = "li"
    bullets.append(first)


def _exercises(title: str, blocks: Iterable[Element]) -> Iterator[Slide]:
    """Their names, and what each asks."""
    slide = Slide(title, "list")
    bullets = Element("ul")
    for block in blocks:
        if block.tag == "h3":
            SubElement(bullets, "li").text = words(block)
        elif block.tag == "p":
            slide.notes.append(block)
    if len(bullets):
        slide.show(bullets, 2 * len(bullets))
        yield slide


def _none(title: str, blocks: Iterable[Element]) -> Iterator[Slide]:
    yield from ()


_MAKERS: dict[str, Callable[[str, Iterable[Element]], Iterator[Slide]]] = {
    "by-the-end": _invariants,
    "predict": _predict,
    "what-changed": _changed,
    "checkpoint": _checkpoint,
    "not-proven": _leads,
    "others": _leads,
    "exercises": _exercises,
    "instructor": _none,
}


def _principle(paragraph: Element) -> Element | None:
    """The sentences with something in bold that is long enough to be one."""
    for sentence in sentences(paragraph):
        if any(len(words(b).split()) >= _SHORTEST_PRINCIPLE for b in sentence.findall("strong")):
            sentence.set("class", "principle")
            return sentence if len(words(sentence)) <= _LONGEST_SENTENCE else None
        if words(sentence).startswith("Your turn"):
            return None
    return None


def _opens_a_topic(paragraph: Element) -> bool:
    """It begins in bold, like a heading, and leads to what comes next."""
    begins_in_bold = len(paragraph) and paragraph[0].tag == "strong" and not paragraph.text
    return bool(begins_in_bold) and words(paragraph).endswith(":")


def _short(found: Iterable[Element]) -> list[Element]:
    return [sentence for sentence in found if len(words(sentence)) <= _LONGEST_SENTENCE]


def _not_shown_yet(slide: Slide, lead: list[Element]) -> list[Element]:
    """The lead, unless it stands there; what it repeats makes way for it."""
    for sentence in lead:
        if words(sentence) in map(words, slide.shown):
            return []
        slide.shown = [b for b in slide.shown if b.tag != "p" or words(b) not in words(sentence)]
    return lead


def _is_picture(block: Element) -> bool:
    return block.tag in ("div", "figure") and bool(classes(block) & _PICTURES)


def _lines(block: Element) -> int:
    if classes(block) & {"diagram", "plot"}:
        return _PICTURE
    text = "".join(block.itertext()).rstrip().replace("\n\n\n", "\n\n")
    return text.count("\n") + (3 if block.tag == "figure" else 2)


def _add_misconceptions(step: Step, anchor: str, made: list[Slide]) -> None:
    rows = misconceptions(step).get(anchor, [])
    if rows and made:
        heading = Element("h3")
        heading.text = "What they may believe"
        made[-1].notes += [heading, _table(rows)]


def _table(rows: list[Element]) -> Element:
    table = Element("table")
    head = SubElement(SubElement(table, "thead"), "tr")
    for title in ("Wrong solution", "The student believes", "Ask"):
        SubElement(head, "th", scope="col").text = title
    SubElement(table, "tbody").extend(rows)
    return table


def _notes_of(made: list[Slide], title: str, step: Step, name: str) -> None:
    for slide in made:
        if slide.title.lower() == title:
            slide.notes += list(tree(part(step, name)))


def _remove_footnote_signs(page: Element) -> None:
    for parent in list(page.iter()):
        for child in list(parent):
            if child.tag == "sup" and (child.get("id") or "").startswith("fnref"):
                remove(parent, child)


def _tidied(slide: Slide) -> Slide:
    """Copies without what only the page needs: anchors, links within the book, places to tab to."""
    slide.shown = [_plain(block) for block in slide.shown]
    slide.notes = [_plain(block) for block in slide.notes]
    return slide


def _plain(block: Element) -> Element:
    block = deepcopy(block)
    block.tail = None
    for element in block.iter():
        if element.tag == "pre":
            _plain_code(element)
            if _lines(element) > _LONG_CODE:
                element.set("class", "long")
        if element.tag == "a" and not element.get("href", "").startswith("http"):
            element.tag = "span"
            element.attrib.clear()
        if element.tag in ("p", "h3", "li", "table", "details"):
            element.attrib.pop("id", None)
    return block


def _plain_code(pre: Element) -> None:
    """It does not scroll, so nobody needs to tab to it; and one empty line is as good as two."""
    for name in ("tabindex", "role", "aria-label"):
        pre.attrib.pop(name, None)
    for element in pre.iter():
        element.text = element.text and element.text.replace("\n\n\n", "\n\n")
        element.tail = element.tail and element.tail.replace("\n\n\n", "\n\n")
