"""How a run went, in numbers."""

from collections.abc import Iterator
from functools import cache

from lab.book.plots import svg
from lab.book.simulator.history import (
    BACK,
    BUFFER,
    DOOR,
    HELD,
    LATER,
    WORK,
    Outcome,
    history,
    outcome,
    percentile,
)
from lab.book.simulator.settings import Settings
from lab.book.simulator.simulation import Event, simulate

_EVERY = 10  # seconds

POLICIES = {"none": "a retry holds no worker", "holds": "a retry holds its worker"}


@cache
def events_of(settings: Settings) -> tuple[Event, ...]:
    """What happens; each run is run once."""
    return tuple(simulate(settings))


def tables(settings: Settings) -> str:
    """What became of the jobs under both policies, and where they were every ten seconds."""
    first, second = settings, settings.under("none" if settings.retry == "holds" else "holds")
    outcomes = [outcome(events_of(each), each.retry == "holds") for each in (first, second)]
    head = ("", POLICIES[first.retry], POLICIES[second.retry])
    rows = [
        (name, one, other)
        for (name, one), (_, other) in zip(*map(outcome_in_words, outcomes), strict=True)
    ]
    places = ("second", "door", "buffer", "at work", "held", "retries that wait")
    until = f"The same jobs under both policies, until second {settings.seconds}"
    where = f"Where the jobs are while {POLICIES[settings.retry]}"
    return svg.table(until, head, rows) + svg.table(where, places, every_ten(settings))


def outcome_in_words(outcome: Outcome) -> list[tuple[str, str]]:
    """What there is to tell, each with its name."""
    return [
        ("completed", f"{outcome.completed:,}"),
        ("failed", f"{outcome.failed:,}"),
        ("not finished", f"{outcome.unfinished:,}"),
        ("most at the door", f"{outcome.most_at_the_door:,}"),
        ("half took at most", in_seconds(percentile(outcome.spans, 50))),
        ("95 % took at most", in_seconds(percentile(outcome.spans, 95))),
        ("95 % once inside", in_seconds(percentile(outcome.spans_inside, 95))),
    ]


def every_ten(settings: Settings) -> Iterator[tuple[str, ...]]:
    """How many jobs are where, every ten seconds."""
    moments = [*history(events_of(settings), settings.retry == "holds")]
    for second in range(_EVERY, settings.seconds + 1, _EVERY):
        past = [moment for moment in moments if moment.at <= second]
        jobs = past[-1].jobs if past else {}
        counts = [jobs.get(place, 0) for place in (DOOR, BUFFER, WORK, HELD, LATER)]
        counts[1] += jobs.get(BACK, 0)
        yield (f"{second}", *(f"{count}" for count in counts))


def in_seconds(span: float | None) -> str:
    """`0.52 s`, `12.3 s`, and `none` if there is none."""
    if span is None:
        return "none"
    return f"{span:.{2 if span < 10 else 1}f} s"
