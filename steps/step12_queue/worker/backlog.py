"""What a pool has still to do, and who waits for it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Backlog:
    """The jobs that a pool has accepted and not brought to an end, by their ids."""

    def __init__(self) -> None:
        self._jobs: set[str] = set()
        # Set while there are none, and once there is no hope of it.
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_given_up = False
        # Those who wait for a job's end, by its id, in the order in which they came.
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._jobs

    def add(self, job_id: str) -> None:
        """A job was accepted."""
        self._jobs.add(job_id)
        self._idle.clear()

    def remove(self, job_id: str) -> None:
        """Do not wait for this job, for whatever reason."""
        self._jobs.discard(job_id)
        if not self._jobs:
            self._idle.set()

    def finish(self, job_id: str) -> None:
        """The pool has nothing more to do with this job: whoever waits for its end wakes up."""
        self.remove(job_id)
        self._wake(job_id)

    def give_up(self) -> None:
        """What is still here will stay: whoever waits until there is nothing wakes up."""
        self._is_given_up = True
        self._idle.set()

    def close(self) -> None:
        """Nothing will be finished any more: everybody wakes up."""
        self._idle.set()
        for job_id in list(self._waiting):
            self._wake(job_id)

    async def wait_until_idle(self) -> bool:
        """Wait until there is nothing to do, or no hope of it; whether there was nothing."""
        await self._idle.wait()
        # Not `not self._jobs`: until whoever waits gets on, there may be new ones.
        return not (self._is_given_up and self._jobs)

    @contextmanager
    def end_of(self, job_id: str) -> Iterator[asyncio.Future[None]]:
        """Something to await: it is over when the pool is done with the job, from now on."""
        end = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(job_id, [])
        waiting.append(end)
        try:
            yield end
        finally:
            waiting.remove(end)
            if not waiting and self._waiting.get(job_id) is waiting:
                del self._waiting[job_id]

    def _wake(self, job_id: str) -> None:
        for end in self._waiting.pop(job_id, ()):
            if not end.done():
                end.set_result(None)
