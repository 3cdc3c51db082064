"""What the queue expects of the functions that do the work."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable, signature
from typing import Any

from .context import Context

# A function that does the work of one kind of job, given the job's payload; best one that is
# written `async def`. A plain one is called as it is, and nobody else gets on before it returns.
Handler = Callable[[Context, dict[str, Any]], Awaitable[None] | None]


def require_handler(handler: Handler) -> None:
    """Raises TypeError if the handler cannot be called with a context and a payload."""
    if not callable(handler):
        raise TypeError(f"handler must be a function, not {handler!r}; pass f, not f(...)")
    try:
        parameters = signature(handler, follow_wrapped=False)
    except ValueError:
        return  # Some functions written in C do not say what they take.
    try:
        parameters.bind("ctx", "payload")
    except TypeError:
        raise TypeError(
            f"handler must take (ctx, payload), not {parameters}: {handler!r}"
        ) from None


async def call_handler(handler: Handler, ctx: Context, payload: dict[str, Any]) -> None:
    """Call the handler, and come back when its work is over."""
    work = handler(ctx, payload)
    if isawaitable(work):
        await work
