"""A scene from the shop: three kinds of work, and a queue that knows none of them."""

from typing import Any

from . import Job, process
from .emails import email_handlers, send_email

shipped: list[str] = []


def ship_parcel(payload: dict[str, Any]) -> None:
    shipped.append(payload["order"])


email_from = email_handlers(["orders@shop.example", "billing@shop.example"])

process(Job("email", {"to": "ada@example.com", "subject": "Welcome to the shop"}), send_email)
process(
    Job("email", {"to": "ada@example.com", "subject": "We have your order"}),
    email_from["orders@shop.example"],
)
process(
    Job("email", {"to": "ada@example.com", "subject": "Your invoice"}),
    email_from["billing@shop.example"],
)
process(Job("parcel", {"order": "A-1001"}), ship_parcel)
print(f"shipped: {', '.join(shipped)}")
