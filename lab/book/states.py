"""The picture of a `step-states` fence: a state diagram made from a table in a step's own code.

```step-states
06/status.py TRANSITIONS
title: The life of a job
```

The table says of each status where it leads. Its first one is where everything begins.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping

from lab import catalog
from lab.book.errors import FenceError
from lab.book.request import Request
from lab.book.source import span_of

_USAGE = "NN/file.py TABLE"


def diagram(body: str) -> str:
    """The Mermaid source of the fence. Raises FenceError if the step has no such table."""
    request = Request.parse(body, usage=_USAGE, words=range(2, 3), options=("title",))
    target, symbol = request.words
    number, _, file = target.partition("/")
    span_of(number, file, symbol)
    table = _table(number, file, symbol)
    lines = [
        f"accTitle: {request.option('title', symbol)}",
        f"accDescr: {' '.join(_sentences(table))}",
        *_arrows(table),
    ]
    return "stateDiagram-v2\n" + "\n".join(f"    {line}" for line in lines)


def _table(number: str, file: str, symbol: str) -> dict[str, list[str]]:
    module = f"{catalog.step(int(number)).module}.{file.removesuffix('.py').replace('/', '.')}"
    table = getattr(importlib.import_module(module), symbol)
    if not isinstance(table, Mapping) or not all(isinstance(e, Iterable) for e in table.values()):
        raise FenceError(f"step {number}, {file}: {symbol} does not say where each status leads")
    return {f"{start}": sorted(f"{end}" for end in ends) for start, ends in table.items()}


def _sentences(table: dict[str, list[str]]) -> Iterator[str]:
    yield f"A job begins as {next(iter(table))}."
    for start, ends in table.items():
        yield f"{start} leads to {' or '.join(ends)}." if ends else f"{start} is an end."


def _arrows(table: dict[str, list[str]]) -> Iterator[str]:
    yield f"[*] --> {next(iter(table))}"
    for start, ends in table.items():
        for end in ends or ["[*]"]:
            yield f"{start} --> {end}"
