"""The `mermaid` fence: a picture drawn beforehand and committed, so that a page loads no script.

A `step-states` fence is drawn and kept like one; `lab.book.states` makes its text from the code.

`python -m lab.book.diagrams` draws what is missing and removes what no page shows. It needs a
Chromium and the npm package `mermaid`, which it finds by `--mermaid DIR`, by the variable
MERMAID (the package's folder, or its `mermaid.min.js`), or in the folder `npm root` names.
"""

import argparse
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from markdown import Markdown

from lab.book.browser import chromium
from lab.book.errors import FenceError
from lab.book.pages import Fence, fences, pages
from lab.book.states import diagram
from lab.catalog import DOCS, LabError

DRAWN = DOCS / "assets" / "diagrams"
DRAW = "python -m lab.book.diagrams"
# Every other kind first needs its colors in diagram.css.
KINDS = ("flowchart", "sequenceDiagram", "stateDiagram-v2")

_STYLE = Path(__file__).with_name("diagram.css")
_FONT = DOCS / "assets" / "fonts" / "inter-latin-wght-normal.woff2"
_BUNDLE = "dist/mermaid.min.js"
_SIZE = re.compile(r' (?:width|height)="[^"]*"')


def mermaid(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The drawn picture, inline, so that it takes its colors from the page."""
    path = drawing(source)
    if not path.exists():
        raise FenceError(f"a diagram is not drawn yet; run: {DRAW}")
    return f'<div class="diagram">{path.read_text(encoding="utf-8")}</div>'


def step_states(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The drawn picture of a step's state machine, as its code is now."""
    return mermaid(diagram(source), language, css_class, options, md)


def drawing(source: str) -> Path:
    """Where the picture of this source, in the colors of diagram.css, is kept.

    Raises FenceError for a kind that has no colors yet, and for a picture without words.
    """
    source = source.strip()
    if source.split(maxsplit=1)[:1] not in [[kind] for kind in KINDS]:
        raise FenceError(f"a diagram starts with one of {', '.join(KINDS)}")
    for line in ("accTitle", "accDescr"):
        if not re.search(rf"^\s*{line}\s*[:{{]", source, re.MULTILINE):
            raise FenceError(f"a diagram says what it shows, in a line `{line}: …`")
    look = source + _STYLE.read_text(encoding="utf-8")
    return DRAWN / f"{hashlib.sha256(look.encode()).hexdigest()[:12]}.svg"


def wanted(files: Iterable[Path]) -> dict[Path, str]:
    """Every picture that the pages show, with its source."""
    sources = [
        _source(fence)
        for file in files
        for fence in fences(file.read_text(encoding="utf-8"))
        if fence.language in ("mermaid", "step-states")
    ]
    return {drawing(source): source for source in sources}


def orphans(files: Iterable[Path]) -> list[Path]:
    """The pictures that no page shows."""
    return sorted(set(DRAWN.glob("*.svg")) - wanted(files).keys())


def draw(sources: dict[Path, str], bundle: Path) -> None:
    """Draw each source to its path, in a browser, with no network."""
    from playwright.sync_api import sync_playwright

    font = base64.b64encode(_FONT.read_bytes()).decode()
    with sync_playwright() as playwright, chromium(playwright) as browser:
        tab = browser.new_page()
        tab.set_content(
            "<style>@font-face { font-family: Inter; font-weight: 100 900; "
            f"src: url(data:font/woff2;base64,{font}) }} body {{ font-family: Inter }}</style>x"
        )
        tab.evaluate("document.fonts.load('16px Inter')")
        tab.add_script_tag(path=bundle)
        tab.evaluate(
            """css => mermaid.initialize({
                startOnLoad: false, theme: "base", themeCSS: css, fontFamily: "Inter, sans-serif",
                htmlLabels: false, flowchart: {htmlLabels: false}, deterministicIds: true,
            })""",
            _STYLE.read_text(encoding="utf-8"),
        )
        for path, source in sources.items():
            name = f"diagram-{path.stem}"
            svg = tab.evaluate(
                "async ([id, text]) => (await mermaid.render(id, text)).svg", [name, source]
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            svg = compact(valid(with_own_ids(as_image(svg), name)))
            path.write_text(svg + "\n", encoding="utf-8")


def as_image(svg: str) -> str:
    """The same picture with the one role that every screen reader knows; its title names it."""
    svg = svg.replace('role="graphics-document document"', 'role="img"')
    return re.sub(r' aria-roledescription="[^"]*"', "", svg)


def with_own_ids(svg: str, name: str) -> str:
    """The same picture, with its name in each of its ids.

    Mermaid calls the actors of every picture `actor0`, `actor1`, and a page can show two.
    """
    common = [each for each in re.findall(r' id="([^"]+)"', svg) if name not in each]
    for each in common:
        used = rf'( id="|href="#|url\(#){re.escape(each)}(?=["\)])'
        svg = re.sub(used, rf"\g<1>{name}-{each}", svg)
    return svg


def valid(svg: str) -> str:
    """The same picture without what no standard knows, over which an e-book's reader may stumble.

    That is names of lines and boxes, the width of a circle, and boxes that have no width.
    """
    svg = re.sub(r"<rect(?![^>]*\bwidth=)[^>]*></rect>", "", svg)
    svg = re.sub(r'(<(?:rect|line)\b[^>]*?) name="[^"]*"', r"\1", svg)
    return re.sub(r"<(?:path|circle)\b[^>]*>", lambda drawn: re.sub(_SIZE, "", drawn[0]), svg)


def compact(svg: str) -> str:
    """The same picture in about half the bytes: no notes to scripts, hundredths of a pixel."""
    svg = re.sub(r' data-[\w-]+="[^"]*"', "", svg)
    return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", svg)


def _source(fence: Fence) -> str:
    return diagram(fence.body) if fence.language == "step-states" else fence.body.strip()


def find_bundle(given: str | None) -> Path:
    """Mermaid's script. Raises LabError, saying how to get it, if it is nowhere."""
    folders = [Path(place) for place in (given, os.environ.get("MERMAID")) if place]
    npm = shutil.which("npm")
    if not folders and npm:
        root = subprocess.run([npm, "root"], capture_output=True, text=True, check=True)
        folders = [Path(root.stdout.strip()) / "mermaid"]
    for folder in folders:
        for candidate in (folder, folder / _BUNDLE):
            if candidate.is_file():
                return candidate
    raise LabError("no mermaid: run `npm install mermaid` in a folder, then give --mermaid DIR")


def main(arguments: list[str]) -> int:
    """Draw what is missing, remove what is left over."""
    parser = argparse.ArgumentParser(prog=DRAW, description="Draw the diagrams of the book.")
    parser.add_argument("--mermaid", metavar="DIR", help="the npm package's folder")
    parser.add_argument("--all", action="store_true", help="draw anew what is drawn already")
    given = parser.parse_args(arguments)
    for orphan in orphans(pages()):
        orphan.unlink()
    missing = {
        path: source for path, source in wanted(pages()).items() if given.all or not path.exists()
    }
    if missing:
        draw(missing, find_bundle(given.mermaid))
    print(f"{len(missing)} drawn")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
