"""What the events of a run come to: who waited where at each moment, and how long it all took."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from lab.book.simulator.simulation import Event

# Where a job is after an event. Who is done is nowhere.
DOOR, BUFFER, WORK, LATER, HELD, BACK = "door", "buffer", "work", "later", "held", "back"
_PLACES = {"comes": DOOR, "enters": BUFFER, "begins": WORK}


@dataclass(frozen=True, slots=True)
class Moment:
    """How it is from this second on."""

    at: float
    # How many jobs are in each place.
    jobs: Counter[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the jobs."""

    completed: int
    failed: int
    unfinished: int
    # Jobs at the door at the worst moment.
    most_at_the_door: int
    # Seconds from coming to the end, of those that ended.
    spans: tuple[float, ...]
    # Seconds from entering to the end.
    spans_inside: tuple[float, ...]


def history(events: Sequence[Event], holds: bool) -> Iterator[Moment]:
    """A moment for each event, and for each retry that comes back to the buffer."""
    places: dict[int, str] = {}
    jobs: Counter[str] = Counter({DOOR: 0})
    for at, job, place in _moves(events, holds):
        jobs[places.pop(job, "")] -= 1
        if place:
            places[job] = place
            jobs[place] += 1
        yield Moment(at, Counter(jobs))


def outcome(events: Sequence[Event], holds: bool) -> Outcome:
    """What there is to tell at the end."""
    came = {event.job: event.at for event in events if event.what == "comes"}
    entered = {event.job: event.at for event in events if event.what == "enters"}
    ends = [event for event in events if event.what in ("completes", "fails")]
    completed = sum(event.what == "completes" for event in ends)
    return Outcome(
        completed,
        len(ends) - completed,
        len(came) - len(ends),
        max((moment.jobs[DOOR] for moment in history(events, holds)), default=0),
        tuple(sorted(event.at - came[event.job] for event in ends)),
        tuple(sorted(event.at - entered[event.job] for event in ends)),
    )


def percentile(spans: Sequence[float], percent: int) -> float | None:
    """The shortest of the sorted spans that so many percent do not exceed; None of none."""
    return spans[ceil(percent * len(spans) / 100) - 1] if spans else None


def _moves(events: Sequence[Event], holds: bool) -> Iterator[tuple[float, int, str]]:
    """When which job comes to which place."""
    back = [] if holds else _retries_that_come_back(events)
    for number, event in enumerate(events):
        while back and back[0][0] <= event.at and back[0][1] < number:
            due, _, job = back.pop(0)
            yield due, job, BACK
        waits = HELD if holds else LATER
        place = waits if event.what == "retries" else _PLACES.get(event.what, "")
        yield event.at, event.job, place
    yield from ((due, job, BACK) for due, _, job in back)


def _retries_that_come_back(events: Sequence[Event]) -> list[tuple[float, int, int]]:
    """When which event's retry is due, and its job; in that order."""
    return sorted(
        (event.more or 0.0, number, event.job)
        for number, event in enumerate(events)
        if event.what == "retries"
    )
