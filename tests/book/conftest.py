"""The built site, once for all tests, and a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from lab.book import site
from lab.book.browser import chromium, find_chromium


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site built from the pages as they are."""
    out = tmp_path_factory.mktemp("site") / "book"
    site.build(out)
    return out


# For a module and no longer: while Playwright runs, no test beside it can use `asyncio.run`.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser; skips where there is none."""
    if find_chromium() is None:
        pytest.skip("no Chromium, Chrome or Edge on the PATH")
    with sync_playwright() as playwright, chromium(playwright) as running:
        yield running
