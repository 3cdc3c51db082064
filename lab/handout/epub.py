"""The book, or some of its chapters, as an EPUB 3.3 e-book.

The container is small enough to write by hand: a zip file whose first entry says what it is, a
package document that lists the rest, a navigation document, and a file for each page of the book.
"""

import re
import uuid
from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from lab.book.style import without_is, without_variables
from lab.book.tree import as_xhtml
from lab.catalog import DOCS, Step
from lab.handout.leaves import Leaf, leaves

_HERE = Path(__file__).parent
_FONTS = ("inter-latin-wght-normal.woff2", "jetbrains-mono-latin-wght-normal.woff2")
_LICENSES = ("inter-OFL.txt", "jetbrains-mono-OFL.txt")
# The same book has the same name each time that it is made.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "pyqueue-tutorial.invalid")
_COLOR = re.compile(r"var\(--[\w-]+(?:,[^()]*)?\)")
# Files of a zip carry a date; this is the first that it can hold, so that equal books are equal.
_NO_DATE = (1980, 1, 1, 0, 0, 0)


def write_epub(
    chosen: Collection[Step], out: Path, *, for_teachers: bool = False, now: datetime | None = None
) -> None:
    """Write the e-book. No chapters chosen: the whole book. `now` is when it was changed last."""
    made = leaves(
        chosen, for_teachers=for_teachers, address=lambda name, anchor: f"{name}.xhtml#{anchor}"
    )
    name = f"{'teachers' if for_teachers else 'book'} {[step.number for step in chosen]}"
    with ZipFile(out, "w") as book:
        _add(book, "mimetype", "application/epub+zip", compressed=False)
        _add(book, "META-INF/container.xml", _CONTAINER)
        _add(book, "EPUB/package.opf", _package(made, name, now or datetime.now(UTC)))
        _add(book, "EPUB/nav.xhtml", _page("Contents", _navigation(made)))
        _add(book, "EPUB/cover.xhtml", _page("PyQueue", _COVER))
        for leaf in made:
            _add(book, f"EPUB/{leaf.name}.xhtml", _page(leaf.title, _body(leaf)))
        _add(book, "EPUB/book.css", _sheet())
        for file in (*_FONTS, *_LICENSES):
            _add(book, f"EPUB/{file}", (DOCS / "assets" / "fonts" / file).read_bytes())


def _add(book: ZipFile, name: str, content: str | bytes, *, compressed: bool = True) -> None:
    entry = ZipInfo(name, _NO_DATE)
    entry.compress_type = ZIP_DEFLATED if compressed else ZIP_STORED
    book.writestr(entry, content)


def _package(made: Sequence[Leaf], name: str, now: datetime) -> str:
    pages = "".join(
        f'<item id="{leaf.name}" href="{leaf.name}.xhtml" media-type="application/xhtml+xml"'
        f"{_properties(leaf)}/>\n"
        for leaf in made
    )
    return _PACKAGE.format(
        identifier=uuid.uuid5(_NAMESPACE, name),
        modified=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        pages=pages,
        fonts="".join(f'<item id="f-{f}" href="{f}" media-type="font/woff2"/>\n' for f in _FONTS),
        licenses="".join(
            f'<item id="l-{f}" href="{f}" media-type="text/plain"/>\n' for f in _LICENSES
        ),
        spine="".join(f'<itemref idref="{leaf.name}"/>' for leaf in made),
    )


def _properties(leaf: Leaf) -> str:
    return ' properties="svg"' if leaf.body.find(".//svg") is not None else ""


def _body(leaf: Leaf) -> str:
    """The page, with the light palette in place of the names of colors."""
    body = deepcopy(leaf.body)
    for element in body.iter():
        # Some of the pictures' attributes are of no standard, and a reader may refuse the file.
        for name in [n for n in element.attrib if n.startswith("data-") and _is_foreign(n)]:
            del element.attrib[name]
    return _COLOR.sub(lambda use: without_variables(use[0]), as_xhtml(body))


def _is_foreign(name: str) -> bool:
    return name not in ("data-new", "data-old")


def _navigation(made: Sequence[Leaf]) -> str:
    return (
        '<nav epub:type="toc" id="toc" role="doc-toc"><h1>Contents</h1><ol>'
        f"{''.join(_parts(made))}</ol></nav>"
    )


def _parts(made: Sequence[Leaf]) -> Iterator[str]:
    for part, inside in groupby(made, key=lambda leaf: leaf.part):
        lines = "".join(
            f'<li><a href="{leaf.name}.xhtml">{escape(leaf.title)}</a></li>' for leaf in inside
        )
        yield f"<li><span>{escape(part)}</span><ol>{lines}</ol></li>" if part else lines


def _page(title: str, body: str) -> str:
    return _XHTML.format(title=escape(title), body=body)


def _sheet() -> str:
    return without_is(without_variables(_read("colors.css") + _read("epub.css")))


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""

_COVER = """<section epub:type="titlepage"><h1 class="book-title">PyQueue</h1>
<p class="book-about">Build a job queue in Python, step by step</p>
<p>Code under the MIT license, text under CC BY 4.0.</p></section>"""

_PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>PyQueue</dc:title>
<dc:language>en</dc:language>
<dc:description>Build a job queue in Python, step by step.</dc:description>
<dc:rights>Code: MIT. Text: CC BY 4.0.</dc:rights>
<meta property="dcterms:modified">{modified}</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityFeature">longDescription</meta>
<meta property="schema:accessibilityFeature">displayTransformability</meta>
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">Pictures are told in words; code is text.</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="cover" href="cover.xhtml" media-type="application/xhtml+xml"/>
<item id="css" href="book.css" media-type="text/css"/>
{pages}{fonts}{licenses}</manifest>
<spine><itemref idref="cover"/><itemref idref="nav"/>{spine}</spine>
</package>
"""

_XHTML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
lang="en" xml:lang="en">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="book.css"/></head>
<body>{body}</body>
</html>
"""
