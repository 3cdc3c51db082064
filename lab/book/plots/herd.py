"""A thundering herd: many clients fail at the same moment, and come back, by three rules."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from heapq import heapify, heappop, heappush
from random import Random

from lab.book.plots import svg
from lab.book.plots.backoff import DOUBLING, JITTER, POLICIES, SQUARE, Policy

CLIENTS = 500
# Requests that the server answers in each second; those that come after them are refused.
CAPACITY = 20


@dataclass(frozen=True, slots=True)
class Herd:
    """How it went, in seconds since the moment at which all failed."""

    # The moment of every request, whether it was answered or refused; in order.
    requests: tuple[float, ...]
    # When the last of the clients had its answer.
    all_served: float

    def busiest(self, span: float = 1.0) -> int:
        """Requests in the busiest second, or in the busiest span of so many seconds."""
        return max(Counter(int(moment / span) for moment in self.requests).values())

    def in_each_second(self) -> Counter[int]:
        """Requests in each second; a second without any is not there."""
        return Counter(int(moment) for moment in self.requests)


def stampede(policy: Policy, seed: int = 9) -> Herd:
    """Every client has failed once, at second 0, and comes back until it is served."""
    random = Random(seed).random
    due = [(policy(1, random), client, 1) for client in range(CLIENTS)]
    heapify(due)
    requests: list[float] = []
    taken: Counter[int] = Counter()
    while due:
        moment, client, attempts = heappop(due)
        requests.append(moment)
        taken[int(moment)] += 1
        if taken[int(moment)] > CAPACITY:
            heappush(due, (moment + policy(attempts + 1, random), client, attempts + 1))
        else:
            served = moment
    return Herd(tuple(requests), served)


@cache
def herds() -> Mapping[str, Herd]:
    """The same herd by each of the rules."""
    return {name: stampede(policy) for name, policy in POLICIES.items()}


_SHOWN = 60  # seconds
_PANEL = 105
_X = svg.Scale(0, _SHOWN, 38, 340)
_MOST = 700
_LOOKS = {SQUARE: "first", DOUBLING: "second", JITTER: "third"}


def figure() -> str:
    """One panel for each rule: requests per second, in the first minute."""
    panels = [shape for place, name in enumerate(herds()) for shape in _panel(place, name)]
    floor = 3 * _PANEL + 12
    image = svg.picture(
        "plot-herd",
        f"{CLIENTS} clients come back to a server that answers {CAPACITY} requests per second",
        " ".join(_told()),
        floor + 28,
        [*panels, *_seconds(floor)],
    )
    return svg.figure(
        image,
        f"The thin line is what the server can take: {CAPACITY} requests per second.",
        svg.table("In all", ("", *herds()), _summary()),
        svg.table("Requests in these seconds", ("seconds", *herds()), _by_five_seconds()),
    )


def _told() -> Iterator[str]:
    for name, herd in herds().items():
        yield (
            f"By {name}, there are {herd.busiest()} requests in the busiest second and "
            f"{len(herd.requests):,} in all, until the last is served after "
            f"{duration(herd.all_served)}."
        )


def _panel(place: int, name: str) -> Iterator[str]:
    herd, look = herds()[name], _LOOKS[name]
    top = place * _PANEL
    y = svg.Scale(0, _MOST, top + _PANEL, top + 30)
    for requests in (0, 500):
        yield svg.line([(_X.start, y(requests)), (_X.end, y(requests))], "grid")
        yield svg.words(_X.start - 6, y(requests) + 4, f"{requests}", anchor="end", look="tick")
    shown = {second: n for second, n in herd.in_each_second().items() if second < _SHOWN}
    width = _X(1) - _X(0) - 0.8
    tops = [(_X(second), y(n)) for second, n in sorted(shown.items())]
    yield svg.bars(tops, round(width, 1), y(0), f"{look} filled")
    yield svg.line([(_X.start, y(CAPACITY)), (_X.end, y(CAPACITY))], "limit")
    if place == 0:
        yield svg.words(_X.start, y(500) - 5, "requests per second", look="tick")
    yield svg.words(_X.start, top + 20, name, look=f"{look} name")
    served = f"all served after {duration(herd.all_served)}"
    yield svg.words(_X.end, top + 20, served, anchor="end", look="tick")


def _seconds(floor: int) -> Iterator[str]:
    for second in range(0, _SHOWN + 1, 15):
        yield svg.words(_X(second), floor + 4, f"{second}", anchor="middle", look="tick")
    yield svg.words(_X.end, floor + 22, "seconds since all failed", anchor="end", look="tick")


def _summary() -> Iterator[tuple[str, ...]]:
    found = herds().values()
    yield ("busiest second", *(f"{herd.busiest()}" for herd in found))
    yield ("busiest tenth of a second", *(f"{herd.busiest(0.1)}" for herd in found))
    yield ("requests", *(f"{len(herd.requests):,}" for herd in found))
    yield ("all served after", *(duration(herd.all_served) for herd in found))


def _by_five_seconds() -> Iterator[tuple[str, ...]]:
    for first in range(0, _SHOWN, 5):
        counts = (
            sum(first <= moment < first + 5 for moment in herd.requests)
            for herd in herds().values()
        )
        yield (f"{first} to {first + 5}", *(f"{count:,}" for count in counts))


def duration(seconds: float) -> str:
    """For people: in minutes if it is more than two of them."""
    return f"{seconds / 60:.0f} min" if seconds > 120 else f"{seconds:.0f} s"
