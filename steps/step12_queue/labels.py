"""The shop's parcel labels, which have to be computed."""

from typing import Any

from . import Context


def print_label(ctx: Context, payload: dict[str, Any]) -> None:
    """Pretend to draw a label: compute for a while."""
    ctx.raise_if_done()
    sum(number * number for number in range(200_000))
