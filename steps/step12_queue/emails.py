"""The shop's emails: plain functions that know nothing about jobs."""

from collections.abc import Iterable
from typing import Any

from . import Context, Handler


def send_email(ctx: Context, payload: dict[str, Any]) -> None:
    """Pretend to send an email: print whom it goes to and its subject."""
    print(f"To {payload['to']}: {payload['subject']}")


def email_handler(sender: str) -> Handler:
    """A handler that sends every email in the name of `sender`."""

    def send(ctx: Context, payload: dict[str, Any]) -> None:
        print(f"From {sender} to {payload['to']}: {payload['subject']}")

    return send


def email_handlers(senders: Iterable[str]) -> dict[str, Handler]:
    """One handler for each sender, found by the sender's address."""
    return {sender: email_handler(sender) for sender in senders}
