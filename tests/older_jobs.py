"""The promises of steps 1 to 9 hold a job in their hands and watch it change.

From step 10 on, a job is frozen, and what happens makes a new one (not yet for those who are on
their way there). Here a `LiveJob` is always the
latest of them, so that the old promises can be tried word for word.
"""

from functools import wraps
from typing import Any

from tests.older_loops import called_without_await

# From this step on, jobs are frozen.
FIRST_WITH_FROZEN_JOBS = 10


def with_live_jobs(package: Any, number: int) -> Any:
    """A package of any step, with jobs that change."""
    package = called_without_await(package, number)
    return WithLiveJobs(package) if number >= FIRST_WITH_FROZEN_JOBS else package


class WithLiveJobs:
    """A package of step 10 or later; what has to do with jobs is replaced."""

    def __init__(self, package: Any) -> None:
        self._package = package

    def __getattr__(self, name: str) -> Any:
        return getattr(self._package, name)

    @property
    def Job(self) -> Any:  # noqa: N802 (it stands for the class)
        kind = self._package.Job
        return wraps(kind)(lambda *values, **named: LiveJob(kind(*values, **named)))

    @property
    def MemoryStorage(self) -> Any:  # noqa: N802
        kind = self._package.MemoryStorage
        return wraps(kind)(lambda: LiveStorage(kind()))

    @property
    def JobProcessor(self) -> Any:  # noqa: N802
        kind = self._package.JobProcessor
        return wraps(kind)(lambda storage, *random: LiveProcessor(kind, storage, random))


class LiveJob:
    """The latest state of a job, under one name."""

    def __init__(self, job: Any) -> None:
        object.__setattr__(self, "now", job)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.now, name)
        return self._changing(value) if name.startswith(("mark_", "change_")) else value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.now, name, value)

    def __repr__(self) -> str:
        return repr(self.now)

    def become(self, job: Any) -> None:
        object.__setattr__(self, "now", job)

    def _changing(self, method: Any) -> Any:
        return lambda *values: self.become(self.after(method(*values)))

    def after(self, job: Any) -> Any:
        """What became of the job: another one, or itself where jobs are not frozen yet."""
        return self.now if job is None else job


class LiveStorage:
    """A storage in memory that gives back the very job that it was given."""

    def __init__(self, storage: Any) -> None:
        self.storage = storage
        self._live: dict[str, LiveJob] = {}

    def save_job(self, ctx: Any, live: Any) -> None:
        self.storage.save_job(ctx, live.now)
        self._live[live.id] = live

    def get_job(self, ctx: Any, job_id: str) -> Any:
        job = self.storage.get_job(ctx, job_id)
        live = self._live.setdefault(job_id, LiveJob(job))
        live.become(job)
        return live


class LiveProcessor:
    """Processes a job that nobody has saved before, and lets it change in its holder's hands."""

    def __init__(self, kind: Any, storage: Any, random: Any) -> None:
        self._storage = storage
        self._bridge = Bridge(storage)
        self._inner = kind(self._bridge, *random)

    def process_job(self, ctx: Any, live: Any, handler: Any) -> None:
        self._bridge.live = live
        self._inner.process_job(ctx, live.now, handler)


class Bridge:
    """The storage of a test, which can save and find, as a processor of step 10 calls it."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self.live: Any = None

    def save_job(self, ctx: Any, job: Any) -> None:
        self._keep(ctx, job)

    def claim_job(self, ctx: Any, job_id: str, now: Any) -> Any:
        running = self.live.after(self.live.now.mark_running(now))
        self._keep(ctx, running)
        return running

    def update_job(self, ctx: Any, job: Any) -> None:
        self._keep(ctx, job)

    def _keep(self, ctx: Any, job: Any) -> None:
        self.live.become(job)
        if isinstance(self._storage, LiveStorage):
            self._storage.save_job(ctx, self.live)
        else:
            self._storage.save_job(ctx, job)
