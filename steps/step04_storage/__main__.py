"""A scene from the shop: the customers leave, and a slip with a job's id is all they keep."""

from typing import Any

from . import HandlerError, Job, JobNotFound, get_job, process, save_job
from .emails import send_email


def charge_card(payload: dict[str, Any]) -> None:
    raise ConnectionError(f"the bank does not answer (order {payload['order']})")


def order(job_type: str, payload: dict[str, Any]) -> str:
    """Save a job for later; the slip that the customer gets has its id."""
    job = Job(job_type, payload)
    save_job(job)
    return job.id


slips = {
    "Ada": order("email", {"to": "ada@example.com", "subject": "Welcome to the shop"}),
    "Grace": order("payment", {"order": "A-1001"}),
    "Linus": "a slip from another shop",
}
handlers = {"email": send_email, "payment": charge_card}

for customer in ["Ada", "Grace"]:
    job = get_job(slips[customer])
    try:
        process(job, handlers[job.type])
    except HandlerError as error:
        print(error)

for customer, slip in slips.items():
    try:
        print(f"{customer}: {get_job(slip).status}")
    except JobNotFound as error:
        print(f"{customer}: {error}")
