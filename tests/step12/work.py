"""Handlers that other processes can find, because they have names in a module."""

import os
from pathlib import Path


def note_process(ctx, payload):
    """Write down in which process this is."""
    Path(payload["file"]).write_text(str(os.getpid()), encoding="utf-8")


def refuse(ctx, payload):
    raise ValueError("the label does not fit")


class Jam(Exception):
    """An error that cannot be put together again from its parts."""

    def __init__(self, printer, paper):
        super().__init__(f"{printer} has a jam of {paper}")


def jam(ctx, payload):
    raise Jam("the printer", "labels")


def die(ctx, payload):
    os._exit(1)


def leave(ctx, payload):
    raise SystemExit(3)


def wait_for_the_end(ctx, payload):
    Path(payload["file"]).touch()
    ctx.wait(60)
    ctx.raise_if_done()


class Label:
    """An object that can be called, and sent."""

    def __init__(self, text):
        self.text = text

    def __call__(self, ctx, payload):
        Path(payload["file"]).write_text(self.text, encoding="utf-8")


async def print_later(ctx, payload):
    """An async function: nothing for another process."""
