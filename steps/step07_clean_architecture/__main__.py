"""A scene from the shop: the same work, on a storage that remembers and on one that tells."""

from typing import Any

from . import HandlerError, InvalidTransition, Job, JobProcessor, JobStorage, MemoryStorage
from .emails import send_email


def charge_card(payload: dict[str, Any]) -> None:
    print(f"charging {payload['amount']} euros for order {payload['order']}")


def send_invoice(payload: dict[str, Any]) -> None:
    raise ValueError(f"there is no tax number for {payload['customer']}")


class Diary(MemoryStorage):
    """A storage that says what it is told."""

    def save_job(self, job: Job) -> None:
        print(f"  diary: {job.type} is {job.status}")
        super().save_job(job)


HANDLERS = {"email": send_email, "payment": charge_card, "invoice": send_invoice}


def morning(storage: JobStorage) -> list[str]:
    """A morning's work: three jobs, and one of them a second time."""
    processor = JobProcessor(storage)
    welcome = Job("email", {"to": "ada@example.com", "subject": "Welcome to the shop"})
    payment = Job("payment", {"order": "A-1001", "amount": 25})
    invoice = Job("invoice", {"customer": "Grace"})
    for job in [welcome, payment, invoice, payment]:
        try:
            processor.process_job(job, HANDLERS[job.type])
        except InvalidTransition as error:
            print(f"refused: {error}")
        except HandlerError as error:
            print(f"noted: {error}")
    return [welcome.id, payment.id, invoice.id]


def evening(storage: JobStorage, slips: list[str]) -> None:
    """What the storage knows when everybody has gone home."""
    for slip in slips:
        job = storage.get_job(slip)
        print(f"{job.type:<8} {job.status:<10} {job.error}".rstrip())


for storage in [MemoryStorage(), Diary()]:
    print(f"-- {type(storage).__name__}")
    evening(storage, morning(storage))
