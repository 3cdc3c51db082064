"""A shop whose customers are simulated, and so are its bank, its post and its printer."""

import asyncio
import math
from random import expovariate, random, uniform
from typing import Any

from steps.step12_queue import Context, Queue, QueueFull, QueueStopped

# Customers a second, on average, and the seconds from one rush to the next.
CUSTOMERS = 10
RUSH_EVERY = 20
# How often a job is tried in all.
RUNS = 3
# How often the bank does not answer: two times in five.
BANK_IS_SILENT = 0.4

# What the shop has to do, and where a handler of each kind runs.
RUNS_IN = {"email": "a thread", "payment": "the loop", "label": "a process"}


def send_email(ctx: Context, payload: dict[str, Any]) -> None:
    """A plain function that waits for a mail server, and stops waiting when it is told to."""
    ctx.wait(uniform(0.05, 0.3))
    ctx.raise_if_done()


async def charge_card(ctx: Context, payload: dict[str, Any]) -> None:
    """An async function that waits for the bank, which does not always answer."""
    await asyncio.sleep(uniform(0.1, 0.8))
    if random() < BANK_IS_SILENT:
        raise ConnectionError("the bank does not answer")


def print_label(ctx: Context, payload: dict[str, Any]) -> None:
    """A plain function that computes, and looks now and then whether it still should."""
    for _ in range(20):
        ctx.raise_if_done()
        sum(number * number for number in range(50_000))


def register_handlers(queue: Queue) -> None:
    """Let the queue do what the shop has to do."""
    queue.register_handler("email", send_email)
    queue.register_handler("payment", charge_card)
    queue.register_handler("label", print_label, cpu_bound=True)


class Customers:
    """Those who come as long as the shop is open. Whoever finds it full goes away."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        # How many came; each wants one job done.
        self.came = 0
        # How many of them found no place.
        self.turned_away = 0
        # Whether the shop may still be open, as far as customers know.
        self.are_coming = True

    async def come(self) -> None:
        """Let them come, at random moments, until the queue takes no more jobs."""
        types = list(RUNS_IN)
        time = asyncio.get_running_loop().time
        opened = time()
        while self.are_coming:
            await asyncio.sleep(expovariate(_rate(time() - opened)))
            await self._order(types[self.came % len(types)])

    async def _order(self, job_type: str) -> None:
        payload = {"order": f"A-{1001 + self.came}"}
        try:
            await self._queue.submit_job_nowait(job_type, payload, max_retry=RUNS)
        except QueueStopped:
            self.are_coming = False
            return
        except QueueFull:
            self.turned_away += 1
        self.came += 1


def _rate(seconds: float) -> float:
    """Customers a second, so long after opening: there are quiet times, and there is the rush."""
    return CUSTOMERS * (1 + 0.9 * math.sin(2 * math.pi * seconds / RUSH_EVERY))
