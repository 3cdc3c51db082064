"""A scene from the shop: somebody clicks twice, and the card is charged once."""

from typing import Any

from . import HandlerError, InvalidTransition, Job, get_job, process, save_job
from .emails import send_email


def charge_card(payload: dict[str, Any]) -> None:
    print(f"charging {payload['amount']} euros for order {payload['order']}")


def send_invoice(payload: dict[str, Any]) -> None:
    raise ValueError(f"there is no tax number for {payload['customer']}")


def order(job_type: str, payload: dict[str, Any]) -> str:
    """Save a job for later; the slip that the customer gets has its id."""
    job = Job(job_type, payload)
    save_job(job)
    return job.id


handlers = {"email": send_email, "payment": charge_card, "invoice": send_invoice}
slips = [
    order("email", {"to": "ada@example.com", "subject": "Welcome to the shop"}),
    order("payment", {"order": "A-1001", "amount": 25}),
    order("invoice", {"customer": "Grace"}),
]

for slip in [*slips, slips[1]]:
    job = get_job(slip)
    try:
        process(job, handlers[job.type])
    except InvalidTransition as error:
        print(f"refused: {error}")
    except HandlerError as error:
        print(f"noted: {error}")

for slip in slips:
    job = get_job(slip)
    print(f"{job.type:<8} {job.status:<10} {job.error}".rstrip())
