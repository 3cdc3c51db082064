"""A run in a picture: who waits where, and who works, over time. For paper, and without scripts."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from lab.book.plots import svg
from lab.book.simulator.history import BACK, BUFFER, DOOR, HELD, LATER, WORK, Moment, history
from lab.book.simulator.settings import Settings
from lab.book.simulator.tables import events_of

# Where two panels stand: their tops and floors.
_WAITING, _WORKERS = (30, 130), (170, 220)
_HEIGHT = 258
# As many points as are told apart.
_POINTS = 150

Curve = Callable[[Moment], int]


def picture(settings: Settings, name: str) -> str:
    """Two panels on one axis of time; `name` is the picture's own on its page."""
    moments = [*history(events_of(settings), settings.retry == "holds")]
    panels = [*_waiting(settings, moments), *_workers(settings, moments), *_axis(settings)]
    image = svg.picture(
        name,
        "Jobs that wait, and workers that are not free, over time",
        "The tables below say the same in numbers.",
        _HEIGHT,
        panels,
    )
    caption = (
        "The dashed line: the places of the buffer. Retries that are back wait there, too, and "
        "need no place."
    )
    return f'<figure class="plot">{image}<figcaption>{escape(caption)}</figcaption></figure>'


def _waiting(settings: Settings, moments: Sequence[Moment]) -> Iterator[str]:
    curves: dict[str, tuple[str, Curve]] = {
        "third": ("retries", lambda moment: moment.jobs[LATER]),
        "second": ("buffer", lambda moment: moment.jobs[BUFFER] + moment.jobs[BACK]),
        "first": ("door", lambda moment: moment.jobs[DOOR]),
    }
    points = {look: _highest(moments, curve, settings) for look, (_, curve) in curves.items()}
    most = max(settings.buffer, *(value for line in points.values() for _, value in line))
    x, y = _x(settings), svg.Scale(0, most, _WAITING[1], _WAITING[0])
    yield from _frame(settings, y, "jobs that wait", most)
    yield svg.line([(x.start, y(settings.buffer)), (x.end, y(settings.buffer))], "limit")
    for number, (look, (word, _)) in enumerate(curves.items()):
        yield svg.line([(x(second), y(value)) for second, value in points[look]], f"{look} stroke")
        yield svg.words(x.end - 62 * number, 12, word, anchor="end", look=look)


def _workers(settings: Settings, moments: Sequence[Moment]) -> Iterator[str]:
    x, y = _x(settings), svg.Scale(0, settings.workers, _WORKERS[1], _WORKERS[0])
    curves: dict[str, Curve] = {
        "second": lambda moment: moment.jobs[WORK] + moment.jobs[HELD],
        "first": lambda moment: moment.jobs[HELD],
    }
    yield from _frame(settings, y, "workers that are not free", settings.workers)
    for look, curve in curves.items():
        line = [(x(second), y(value)) for second, value in _highest(moments, curve, settings)]
        yield svg.area([(x.start, y.start), *line, (x.end, y.start)], f"{look} wash")
        yield svg.line(line, f"{look} stroke")
    yield svg.words(x.end, _WORKERS[0] - 18, "held by a retry", anchor="end", look="first")


def _frame(settings: Settings, y: svg.Scale, name: str, most: int) -> Iterator[str]:
    x = _x(settings)
    yield svg.words(0, y.end - 18, name, look="tick")
    for value in (0, most):
        yield svg.line([(x.start, y(value)), (x.end, y(value))], "grid")
        yield svg.words(x.start - 6, y(value) + 4, f"{value}", anchor="end", look="tick")


def _axis(settings: Settings) -> Iterator[str]:
    x = _x(settings)
    for second in range(0, settings.seconds + 1, 10):
        yield svg.words(x(second), _WORKERS[1] + 17, f"{second}", anchor="middle", look="tick")
    yield svg.words(x.end, _HEIGHT - 4, "seconds", anchor="end", look="tick")


def _x(settings: Settings) -> svg.Scale:
    return svg.Scale(0, settings.seconds, 34, 338)


def _highest(
    moments: Sequence[Moment], curve: Curve, settings: Settings
) -> list[tuple[float, int]]:
    """The most that there was in each of many short spans."""
    points: list[tuple[float, int]] = [(0, 0)]
    value = number = 0
    for point in range(1, _POINTS + 1):
        until = point * settings.seconds / _POINTS
        highest = value
        while number < len(moments) and moments[number].at <= until:
            value = curve(moments[number])
            highest = max(highest, value)
            number += 1
        points.append((until, highest))
    return points
