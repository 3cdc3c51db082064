"""How jobs come to the workers."""

import asyncio
from typing import NamedTuple


class Ticket(NamedTuple):
    """A job on its way to a worker."""

    job_id: str
    # Whether it holds a place until a worker takes it.
    has_place: bool


class Channel:
    """The jobs that wait for a worker, by their ids, in order. New ones need a place to wait in.

    What was accepted once needs none. If a retry had to wait for a place, the workers, who make
    the places free, could all come to wait for each other.
    """

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        # A None sends a worker home.
        self._tickets: asyncio.Queue[Ticket | None] = asyncio.Queue()
        # For each job that comes later, what will put it here.
        self._alarms: dict[str, asyncio.TimerHandle] = {}

    @property
    def is_full(self) -> bool:
        """Whether a new job would have to wait for a place."""
        return self._places.locked()

    async def take_place(self) -> None:
        """Wait until a place is free; first come, first served. Then it is the caller's."""
        await self._places.acquire()

    def give_place_back(self) -> None:
        """There is a place for somebody else."""
        self._places.release()

    def put_new(self, job_id: str) -> None:
        """Let a job wait in a place that was taken for it."""
        self._tickets.put_nowait(Ticket(job_id, has_place=True))

    def put(self, job_id: str) -> None:
        """Let a job wait that was accepted before."""
        self._tickets.put_nowait(Ticket(job_id, has_place=False))

    def put_later(self, job_id: str, seconds: float) -> None:
        """As `put`, so many seconds from now; until the channel is closed."""
        # An alarm of the event loop, and not a task that sleeps: nobody has to hold it.
        loop = asyncio.get_running_loop()
        self._alarms[job_id] = loop.call_later(seconds, self._ring, job_id)

    async def get(self) -> str | None:
        """The next job, as soon as there is one; None if the caller is to go home."""
        ticket = await self._tickets.get()
        if ticket is None:
            return None
        if ticket.has_place:
            self._places.release()
        return ticket.job_id

    def close(self, workers: int) -> None:
        """Send so many workers home, once they have come past what waits. Nothing comes later."""
        for alarm in self._alarms.values():
            alarm.cancel()
        self._alarms.clear()
        for _ in range(workers):
            self._tickets.put_nowait(None)

    def _ring(self, job_id: str) -> None:
        del self._alarms[job_id]
        self.put(job_id)
