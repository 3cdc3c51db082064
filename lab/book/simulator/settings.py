"""What can be set on the simulator, and the lessons that begin with some of it set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from lab.book.errors import FenceError

# The second at which a batch comes, and at which the bank goes away.
UNUSUAL = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """One run of the simulator. The same settings are the same run."""

    # New jobs per second, on average.
    rate: float = 8.0
    workers: int = 5
    # Seconds that a run takes, on average.
    takes: float = 0.5
    # Places for new jobs that wait for a worker.
    buffer: int = 10
    # Of a hundred runs, how many fail.
    fails: float = 0.0
    max_retry: int = 5
    # How a retry waits: "jitter" as in step 11, "doubling" as long as it may be, "none".
    backoff: str = "jitter"
    # What a retry that waits holds: "none" as in step 11, or its worker, as in step 10: "holds".
    retry: str = "none"
    # Jobs that come all at once.
    batch: int = 0
    # Seconds in which every run fails.
    away: int = 0
    seed: int = 1
    # How long it is watched.
    seconds: int = 60

    def under(self, retry: str) -> "Settings":
        """The same under that policy of retries."""
        return replace(self, retry=retry)


@dataclass(frozen=True, slots=True)
class Range:
    """A number that can be set."""

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float

    def read(self, text: str) -> float:
        """Raises FenceError for what is no number, or none of these."""
        try:
            value = float(text)
        except ValueError:
            value = self.low - 1
        if not self.low <= value <= self.high:
            raise FenceError(f"{self.name}: {text} is no number {self.low:g} to {self.high:g}")
        return value if self.step % 1 else _whole(self.name, value)

    def words_for(self, value: float) -> str:
        """For a reader."""
        return f"{value:g} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    name: str
    label: str
    # What each word stands for.
    words: Mapping[str, str]

    def read(self, text: str) -> str:
        """Raises FenceError for any other word."""
        if text not in self.words:
            raise FenceError(f"{self.name}: {text} is none of {', '.join(self.words)}")
        return text

    def words_for(self, value: str) -> str:
        """For a reader."""
        return self.words[value]


@dataclass(frozen=True, slots=True)
class Preset:
    """A lesson: what is set, and what there is to see."""

    title: str
    look: str
    settings: Settings


CONTROLS: Sequence[Range | Choice] = (
    Range("rate", "New jobs", "per s", 0.5, 30, 0.5),
    Range("takes", "A run takes about", "s", 0.1, 3, 0.1),
    Range("workers", "Workers", "", 1, 16, 1),
    Range("buffer", "Buffer", "places", 1, 64, 1),
    Range("fails", "Runs that fail", "%", 0, 100, 5),
    Range("max_retry", "max_retry", "runs", 1, 10, 1),
    Range("batch", f"At once, at second {UNUSUAL}", "jobs", 0, 120, 10),
    Range("away", f"Bank away at second {UNUSUAL}", "s", 0, 40, 1),
    Choice(
        "backoff",
        "Before a retry, wait",
        {
            "jitter": "back-off with full jitter",
            "doubling": "back-off without jitter",
            "none": "not at all",
        },
    ),
    Choice(
        "retry",
        "Meanwhile the retry holds",
        {"none": "no worker (step 11)", "holds": "its worker (step 10)"},
    ),
    Range("seed", "Seed", "", 1, 999, 1),
)

PRESETS: Mapping[str, Preset] = {
    "ordinary-day": Preset(
        "An ordinary day",
        "Eight jobs come per second, and five workers can do ten. Even so, some have to wait: "
        "chance sends them in bunches.",
        Settings(),
    ),
    "monday-morning": Preset(
        "Monday morning",
        "More comes than can be done. The buffer fills and the door closes: what has come in waits "
        "for ten others and no more, and who is still outside knows it.",
        Settings(rate=12.0),
    ),
    "one-too-few": Preset(
        "One worker too few",
        "The work is for a little more than four workers. Give them a fifth: what was never "
        "finished becomes a matter of seconds.",
        Settings(rate=8.5, workers=4, buffer=8),
    ),
    "bank-away": Preset(
        "The bank is away",
        "For fifteen seconds every run fails. Then let a retry hold its worker, and see who is "
        "still at work.",
        Settings(rate=6.0, takes=0.3, away=15, max_retry=8),
    ),
    "no-jitter": Preset(
        "No jitter: everybody comes back at once",
        "Sixty jobs come at once, and fail at once. They wait equally long, so they come back at "
        "once: all workers are busy, then none, then all. Now choose full jitter.",
        Settings(
            rate=3.0, workers=8, takes=0.1, buffer=64, batch=60, away=8, backoff="doubling"
        ),
    ),
}  # fmt: skip


def settings_of(preset: Preset, options: Mapping[str, str]) -> Settings:
    """A preset's, but for the options. With other workers the buffer is two places for each."""
    controls = {control.name: control for control in CONTROLS}
    changes = {name: controls[name].read(value) for name, value in options.items()}
    if "workers" in changes and "buffer" not in changes:
        changes["buffer"] = 2 * int(changes["workers"])
    return replace(preset.settings, **changes)  # type: ignore[arg-type]  # read for their fields


def as_data(settings: Settings) -> dict[str, object]:
    """For the script."""
    return {field.name: getattr(settings, field.name) for field in fields(settings)}


def names(controls: Iterable[Range | Choice] = CONTROLS) -> list[str]:
    """What a fence may set."""
    return [control.name for control in controls]


def _whole(name: str, value: float) -> int:
    if value % 1:
        raise FenceError(f"{name}: {value:g} is no whole number")
    return int(value)
