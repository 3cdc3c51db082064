"""What the pages of a built site point to, checked without a network."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself, as opposed to what a reader may click on.
_LOADED_LINKS = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "manifest"}
_LOADED_TAGS = {"script", "img", "iframe", "source", "video", "audio", "embed", "object"}
_ADDRESSES = ("href", "src", "poster", "data")


@dataclass(slots=True)
class _Page:
    ids: set[str] = field(default_factory=set)
    # Addresses on this site, as written.
    inside: set[str] = field(default_factory=set)
    # Addresses elsewhere that a browser fetches by itself.
    loaded: set[str] = field(default_factory=set)


def faults(site: Path) -> list[str]:
    """Every link, asset or anchor that is not there, and everything loaded from elsewhere."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    found: list[str] = []
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        found += [f"{name} loads {address} from elsewhere" for address in sorted(page.loaded)]
        if name != "404.html":  # its links are made for any folder of a server, not for this one
            found += [f"{name}: {fault}" for fault in _broken(path, page, pages)]
    return found + list(_foreign_styles(site))


def _broken(path: Path, page: _Page, pages: dict[Path, _Page]) -> Iterator[str]:
    for address in sorted(page.inside):
        parts = urlsplit(address)
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        anchor = unquote(parts.fragment)
        if target.is_dir():
            yield f"{address} is a folder; opened from a folder, that shows no page"
        elif not target.exists():
            yield f"{address} is not there"
        elif anchor and target in pages and anchor not in pages[target].ids:
            yield f"{address}: the page has no such anchor"


def _foreign_styles(site: Path) -> Iterator[str]:
    for path in sorted(site.rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        for start in ("url(http", "url(//", 'url("http', "@import"):
            if start in text:
                yield f"{path.relative_to(site).as_posix()} loads from elsewhere: {start}…"


def _read(path: Path) -> _Page:
    page = _Page()
    _Reader(page).feed(path.read_text(encoding="utf-8"))
    return page


class _Reader(HTMLParser):
    def __init__(self, page: _Page) -> None:
        super().__init__()
        self.page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        if "id" in values:
            self.page.ids.add(values["id"])
        for address in (values[name] for name in _ADDRESSES if name in values):
            parts = urlsplit(address)
            if not (parts.scheme or parts.netloc):
                self.page.inside.add(address)
            elif (parts.netloc or parts.scheme == "http") and _is_loaded(tag, values):
                self.page.loaded.add(address)


def _is_loaded(tag: str, values: dict[str, str]) -> bool:
    return tag in _LOADED_TAGS or (
        tag == "link" and not _LOADED_LINKS.isdisjoint(values.get("rel", "").split())
    )
