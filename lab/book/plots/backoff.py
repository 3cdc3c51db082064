"""How long to wait after each attempt, by the three rules of chapter 9."""

from collections.abc import Callable, Iterator, Mapping
from random import Random

from lab.book.plots import svg
from steps.step09_context_retry.entity.backoff import CEILING, backoff, longest_backoff

# Seconds to wait after so many attempts, given a source of chance.
Policy = Callable[[int, Callable[[], float]], float]

SQUARE, DOUBLING, JITTER = "attempt²", "doubling", "doubling with jitter"
POLICIES: Mapping[str, Policy] = {
    SQUARE: lambda attempts, random: float(attempts**2),
    DOUBLING: lambda attempts, random: longest_backoff(attempts),
    JITTER: backoff,
}

ATTEMPTS = range(1, 11)
# Waits that are drawn of each attempt, of all those that chance may choose.
_DRAWN = 24
_HEIGHT = 258
_X = svg.Scale(1, 10, 38, 335)
_Y = svg.Scale(0, 100, 213, 28)


def figure() -> str:
    """The three rules in one picture."""
    image = svg.picture(
        "plot-backoff",
        "Seconds to wait after each attempt, by three rules",
        _description(),
        _HEIGHT,
        [*_axes(), *_jitter(), *_lines()],
    )
    rows = [(f"{n}", f"{n**2}", f"{longest_backoff(n):g}", _span(n)) for n in ATTEMPTS]
    head = ("after attempt", SQUARE, DOUBLING, "with jitter")
    return svg.figure(
        image,
        "Each dot is a wait that chance has chosen.",
        svg.table("Seconds to wait", head, rows),
    )


def _description() -> str:
    last = ATTEMPTS[-1]
    return (
        f"After attempt {last}, attempt squared waits {last**2} seconds. Doubling begins with "
        f"{longest_backoff(1):g} second and never waits longer than {CEILING:g}. With jitter the "
        "waits are spread over everything from none to that."
    )


def _axes() -> Iterator[str]:
    for seconds in range(0, 101, 20):
        yield svg.line([(_X.start, _Y(seconds)), (_X.end, _Y(seconds))], "grid")
        yield svg.words(_X.start - 9, _Y(seconds) + 4, f"{seconds}", anchor="end", look="tick")
    for attempts in ATTEMPTS:
        yield svg.words(_X(attempts), _Y.start + 18, f"{attempts}", anchor="middle", look="tick")
    yield svg.words(_X.start - 34, 12, "seconds", look="tick")
    yield svg.words(_X.end, _HEIGHT - 8, "attempts so far", anchor="end", look="tick")


def _jitter() -> Iterator[str]:
    yield svg.area([*_points(DOUBLING), (_X(10), _Y(0)), (_X(1), _Y(0))], "third wash")
    random = Random(9).random
    waits = [(_X(n), _Y(backoff(n, random))) for n in ATTEMPTS for _ in range(_DRAWN)]
    yield svg.dots(waits, "third dots")


def _lines() -> Iterator[str]:
    yield svg.line(_points(SQUARE), "first stroke")
    yield svg.line(_points(DOUBLING), "second stroke")
    yield svg.words(_X(9) - 8, _Y(90), SQUARE, anchor="end", look="first")
    yield svg.words(_X(7) - 6, _Y(66), DOUBLING, anchor="end", look="second")
    yield svg.words(_X(5) - 6, _Y(27), "jitter: anywhere below", anchor="end", look="third")


def _points(policy: str) -> list[tuple[float, float]]:
    return [(_X(n), _Y(POLICIES[policy](n, lambda: 1.0))) for n in ATTEMPTS]


def _span(attempts: int) -> str:
    return f"0 to {longest_backoff(attempts):g}"
