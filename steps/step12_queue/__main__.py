"""A scene from the shop: everything that a day's work needs, and the end of the day."""

import asyncio
from typing import Any

from . import Context, Queue, Status
from .emails import email_handler
from .labels import print_label

queue = Queue(worker_count=3, random=lambda: 0.1)
# A plain function: it runs in a thread.
queue.register_handler("email", email_handler("orders@shop.example"))
# One that computes: it runs in another process.
queue.register_handler("label", print_label, cpu_bound=True)


@queue.handler("payment")
async def charge_card(ctx: Context, payload: dict[str, Any]) -> None:
    """An async function: it runs in the event loop."""
    await asyncio.sleep(0.05)
    if payload["order"] == "A-1002":
        raise ConnectionError("the bank does not answer")


@queue.handler("inventory")
def count_everything(ctx: Context, payload: dict[str, Any]) -> None:
    """A plain function that takes its time, and listens."""
    for _ in range(100_000):
        ctx.wait(0.01)
        ctx.raise_if_done()


async def main() -> None:
    async with queue:
        email = {"to": "ada@example.com", "subject": "Thank you"}
        thanks = await queue.submit_job("email", email)
        await queue.wait_for(thanks.id)
        orders = [
            await queue.submit_job("payment", {"order": "A-1001"}),
            await queue.submit_job("payment", {"order": "A-1002"}, max_retry=3),
            await queue.submit_job("label", {"order": "A-1001"}),
        ]
        await queue.join()
        inventory = await queue.submit_job("inventory", {})
        is_finished = await queue.stop(timeout=0.2)

    print(f"\n{'job':<11}{'attempts':<10}status")
    for job in (thanks, *orders, inventory):
        job = await queue.get_job(job.id)
        print(f"{job.type:<11}{job.attempts:<10}{job.status}  {job.error}".rstrip())
    left = len(await queue.list_by_status(Status.PENDING))
    print(f"\nAll finished: {is_finished}; left for tomorrow: {left}")


asyncio.run(main())
