"""The `plot` fence: a picture of numbers that the code of a step gives while the site is built.

```plot
backoff
```
"""

from collections.abc import Callable, Mapping
from typing import Any

from markdown import Markdown

from lab.book.errors import FenceError
from lab.book.plots import backoff, herd
from lab.book.request import Request

PLOTS: Mapping[str, Callable[[], str]] = {"backoff": backoff.figure, "herd": herd.figure}


def plot(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The picture, inline, and its numbers folded below. Raises FenceError if there is none."""
    name = Request.parse(source, usage="NAME", words=range(1, 2)).words[0]
    if name not in PLOTS:
        raise FenceError(f"there is no plot {name!r}; there are {', '.join(PLOTS)}")
    return PLOTS[name]()
