"""A scene from the shop: the payment fails, and this time somebody notices."""

from typing import Any

from . import HandlerError, Job, process
from .emails import send_email


def charge_card(payload: dict[str, Any]) -> None:
    raise ConnectionError(f"the bank does not answer (order {payload['order']})")


welcome = Job("email", {"to": "ada@example.com", "subject": "Welcome to the shop"})
payment = Job("payment", {"order": "A-1001"})
unaddressed = Job("email", {"subject": "Your receipt"})

for job, handler in [(welcome, send_email), (payment, charge_card), (unaddressed, send_email)]:
    try:
        process(job, handler)
    except HandlerError as error:
        print(f"{error}; caused by {type(error.__cause__).__name__}")
    print(f"{job.id} is {job.status}")
