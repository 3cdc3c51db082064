"""A scene from the shop: the bank is away for a moment, and at noon the shop stops waiting."""

from itertools import count
from threading import Event
from typing import Any

from . import Cancelled, Context, Queue, SystemClock, background
from .emails import email_handler


class HurriedClock(SystemClock):
    """Nobody wants to sit through the waits of a scene: they are told, and skipped."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self._skipped

    def wait(self, event: Event, seconds: float) -> None:
        if not event.is_set():
            print(f"  … {seconds:.1f} seconds later")
            self._skipped += seconds


# Half of the longest wait each time, so that the scene is the same each time.
queue = Queue(random=lambda: 0.5)
queue.register_handler("email", email_handler("orders@shop.example"))
attempts = count(1)


@queue.handler("payment")
def charge_card(ctx: Context, payload: dict[str, Any]) -> None:
    if next(attempts) < 3:
        print("The bank does not answer")
        raise ConnectionError("the bank does not answer")
    print(f"Charging {payload['amount']} euros for order {payload['order']}")


@queue.handler("parcel")
def print_labels(ctx: Context, payload: dict[str, Any]) -> None:
    """Works in small pieces, and looks up between them."""
    for number in range(1, payload["labels"] + 1):
        ctx.raise_if_done()
        print(f"Label {number} of {payload['labels']}")
        if number == 2:
            close_the_shop(RuntimeError("it is noon"))


day = background(HurriedClock())
morning, close_the_shop = day.with_cancel()

slips = [
    queue.submit_job(morning, "payment", {"order": "A-1001", "amount": 25}, max_retry=5).id,
    queue.submit_job(morning, "email", {"to": "ada@example.com", "subject": "Thank you"}).id,
    queue.submit_job(morning, "parcel", {"labels": 4}, max_retry=2).id,
]
try:
    queue.submit_job(morning, "email", {"to": "grace@example.com", "subject": "Too late"})
except Cancelled as error:
    print(f"Not taken: {error}, because {error.__cause__}")

print(f"\n{'job':<10}{'status':<11}{'runs':<6}why")
for slip in slips:
    # The morning is over; looking things up is allowed all day.
    job = queue.get_job(day, slip)
    print(f"{job.type:<10}{job.status:<11}{job.attempts:<6}{job.error}".rstrip())
