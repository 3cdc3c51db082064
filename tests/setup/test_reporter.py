"""What a first run says while it works."""

import io
from collections.abc import Iterator

import pytest

from lab.setup.reporter import Reporter


class Terminal(io.StringIO):
    """A stream whose lines can move."""

    def isatty(self) -> bool:
        return True


def install(stream: io.StringIO, *moments: float) -> str:
    """What is said of an installation that is looked at in these moments, and ends in the last."""
    clock: Iterator[float] = iter((100.0, *(100.0 + moment for moment in moments)))
    reporter = Reporter(stream, lambda: next(clock))
    reporter.begin("Installing")
    for _ in moments[:-1]:
        reporter.tick()
    reporter.end()
    return stream.getvalue()


def test_on_a_terminal_one_line_counts_the_seconds() -> None:
    assert install(Terminal(), 0.5, 1.25, 2.5) == (
        "\r  Installing ...\r  Installing ... 0 s\r  Installing ... 1 s"
        "\r  Installing: done in 2.5 s\n"
    )


def test_elsewhere_lines_are_plain_and_few() -> None:
    assert install(io.StringIO(), 1, 14, 16, 17, 31, 40) == (
        "  Installing ...\n"
        "  Installing ... 16 s\n"
        "  Installing ... 31 s\n"
        "  Installing: done in 40.0 s\n"
    )


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_it_needs_no_more_than_ascii(stream: io.StringIO) -> None:
    assert install(stream, 1, 20, 21).isascii()
