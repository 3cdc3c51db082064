"""A scene from the shop: two workers behind the counter, and nobody waits at it."""

from threading import Barrier, Event
from typing import Any

from . import Context, Queue, Status, background
from .emails import email_handler

queue = Queue()
queue.register_handler("email", email_handler("orders@shop.example"))
# Nobody gets past it alone: two workers must be here at the same time.
both = Barrier(2)
evening = Event()


@queue.handler("payment")
def charge_card(ctx: Context, payload: dict[str, Any]) -> None:
    both.wait()


@queue.handler("close")
def close(ctx: Context, payload: dict[str, Any]) -> None:
    evening.set()


queue.start(worker_count=2)
day = background()
slips = [queue.submit_job(day, "payment", {"order": order}).id for order in ("A-1001", "A-1002")]
print("Thank you, Ada. Thank you, Grace. Your cards are being charged.")
# The next ones wait for a worker, and the customers for nobody.
slips.append(queue.submit_job(day, "email", {"to": "ada@example.com", "subject": "Thank you"}).id)
slips.append(queue.submit_job(day, "close", {}).id)
evening.wait()
queue.stop()

print(f"\n{'job':<10}{'order':<9}status")
for slip in slips:
    job = queue.get_job(day, slip)
    print(f"{job.type:<10}{job.payload.get('order', ''):<9}{job.status}")
print(f"\nThe day's work: {queue.stats()[Status.COMPLETED]} jobs")
