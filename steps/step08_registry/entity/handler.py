"""What the queue expects of the functions that do the work."""

from collections.abc import Callable
from typing import Any

# A function that does the work of one kind of job, given the job's payload.
Handler = Callable[[dict[str, Any]], None]


def require_handler(handler: Handler) -> None:
    """Raises TypeError if the handler is not a function, nor anything else that can be called."""
    if not callable(handler):
        raise TypeError(f"handler must be a function, not {handler!r}; pass f, not f(...)")
