"""What a fence asks for: a first line of words, then lines of `option: value`."""

from collections.abc import Collection
from dataclasses import dataclass

from lab.book.errors import FenceError


@dataclass(frozen=True, slots=True)
class Request:
    """The body of a fence, taken apart."""

    # The words of the first line.
    words: tuple[str, ...]
    # Every value of every option, in the order of the page.
    options: dict[str, list[str]]

    @classmethod
    def parse(
        cls, body: str, *, usage: str, words: range, options: Collection[str] = ()
    ) -> "Request":
        """Take a fence's body apart.

        Raises FenceError, with the usage, unless the number of words is in the range and
        every option is a known one.
        """
        head, *rest = [line for line in body.splitlines() if line.strip()] or [""]
        if len(head.split()) not in words:
            raise FenceError(f"cannot read {head!r}; write: {usage}")
        found: dict[str, list[str]] = {}
        for line in rest:
            name, colon, value = line.partition(":")
            if not colon or name.strip() not in options:
                known = ", ".join(options) or "none"
                raise FenceError(f"cannot read {line!r}; the options are: {known}")
            found.setdefault(name.strip(), []).append(value.strip())
        return cls(tuple(head.split()), found)

    def option(self, name: str, default: str) -> str:
        """The last value of an option, or the default."""
        return self.options.get(name, [default])[-1]
