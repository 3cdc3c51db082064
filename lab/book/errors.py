"""The one error of the fences."""

from pymdownx.superfences import SuperFencesException  # type: ignore[import-untyped]  # has no types


class FenceError(SuperFencesException):  # type: ignore[misc]  # its base has no types
    """A fence asks for something that is not there; the message says what would be right.

    superfences swallows every other exception and prints the fence as it stands.
    """
