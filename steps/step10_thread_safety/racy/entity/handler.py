"""What the queue expects of the functions that do the work."""

from collections.abc import Callable
from inspect import signature
from typing import Any

from .context import Context

# A function that does the work of one kind of job, given the job's payload. It stops early, by an
# error, when the context has ended: nobody can stop it from outside.
Handler = Callable[[Context, dict[str, Any]], None]


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
