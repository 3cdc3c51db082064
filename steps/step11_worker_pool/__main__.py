"""A scene from the shop: one clerk in one thread, and a card that is charged while nobody waits."""

import asyncio
from itertools import count
from threading import active_count
from typing import Any

from . import Context, Queue, Status
from .emails import email_handler

# A tenth of a second, so that nobody has to sit through a long wait.
queue = Queue(worker_count=2, random=lambda: 0.1)
queue.register_handler("email", email_handler("orders@shop.example"))
attempts = count(1)


@queue.handler("payment")
async def charge_card(ctx: Context, payload: dict[str, Any]) -> None:
    if next(attempts) == 1:
        print("The bank does not answer; the next, please")
        raise ConnectionError("the bank does not answer")
    print(f"Charging the card for order {payload['order']}")


@queue.handler("inventory")
async def count_everything(ctx: Context, payload: dict[str, Any]) -> None:
    print("Counting everything in the shop")
    await asyncio.sleep(3_600)


async def main() -> None:
    await queue.start()
    slips = [(await queue.submit_job("payment", {"order": "A-1001"}, max_retry=2)).id]
    for customer in ("ada", "grace"):
        email = {"to": f"{customer}@example.com", "subject": "Thank you"}
        slips.append((await queue.submit_job("email", email)).id)
    slips.append((await queue.submit_job("inventory", {})).id)

    is_finished = await queue.stop(timeout=1)

    print(f"\n{'job':<11}{'attempts':<10}status")
    for slip in slips:
        job = await queue.get_job(slip)
        print(f"{job.type:<11}{job.attempts:<10}{job.status}")
    done = queue.stats()[Status.COMPLETED]
    print(f"\n{done} jobs done by {active_count()} thread; all finished: {is_finished}")


asyncio.run(main())
