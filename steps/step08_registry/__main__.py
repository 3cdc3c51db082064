"""A scene from the shop: a day's orders go in, and whoever submits them knows no handler."""

from typing import Any

from . import HandlerNotFound, Queue
from .emails import email_handler

queue = Queue()
queue.register_handler("email", email_handler("orders@shop.example"))


@queue.handler("payment")
def charge_card(payload: dict[str, Any]) -> None:
    print(f"Charging {payload['amount']} euros for order {payload['order']}")


@queue.handler("invoice")
def send_invoice(payload: dict[str, Any]) -> None:
    raise ValueError(f"there is no tax number for {payload['customer']}")


DAY: list[tuple[str, dict[str, Any]]] = [
    ("payment", {"order": "A-1001", "amount": 25}),
    ("email", {"to": "ada@example.com", "subject": "We have your order"}),
    ("invoice", {"customer": "Grace", "order": "A-1001"}),
    ("emial", {"to": "ada@example.com", "subject": "Your parcel is on its way"}),
    ("email", {"to": "grace@example.com", "subject": "Your receipt"}),
]

slips: list[str] = []
for job_type, payload in DAY:
    try:
        slips.append(queue.submit_job(job_type, payload).id)
    except HandlerNotFound as error:
        print(f"Not taken: {error}")

print(f"\n{'job':<10}{'status':<11}why")
for slip in slips:
    job = queue.get_job(slip)
    print(f"{job.type:<10}{job.status:<11}{job.error}".rstrip())
