"""A Chromium, if this machine has one."""

import shutil
from typing import TYPE_CHECKING

from lab.catalog import LabError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "msedge",
    "chrome",
)
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """The path of a Chromium, Chrome or Edge on the PATH, or None."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def chromium(playwright: "Playwright") -> "Browser":
    """Start it, without a window. Raises LabError if there is none."""
    path = find_chromium()
    if path is None:
        raise LabError("no Chromium, Chrome or Edge on the PATH")
    return playwright.chromium.launch(executable_path=path, args=list(_QUIET))
