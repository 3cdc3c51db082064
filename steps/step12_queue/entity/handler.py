"""What the queue expects of the functions that do the work."""

import pickle
import sys
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from functools import partial
from inspect import isawaitable, iscoroutinefunction, signature
from typing import Any

from .context import Context

# A function that does the work of one kind of job, given the job's payload; best one that is
# written `async def`. A plain one stops early, by an error, when the context has ended: nobody can
# stop it from outside.
Handler = Callable[[Context, dict[str, Any]], Awaitable[None] | None]


class Kind(Enum):
    """Where a handler runs, so that it holds up nobody."""

    # In the event loop: it waits by `await`, and others get on meanwhile.
    ASYNC = auto()
    # In a thread: a plain function, which waits in its own way.
    PLAIN = auto()
    # In a process: it computes, and would keep all threads from getting on.
    CPU_BOUND = auto()


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


def kind_of(handler: Handler, *, cpu_bound: bool = False) -> Kind:
    """Where to run a handler.

    Raises TypeError for a CPU-bound one that no other process can be sent: one that is async, or
    that has no name in a module, such as a lambda or a function inside of another.
    """
    if not cpu_bound:
        return Kind.ASYNC if _is_async(handler) else Kind.PLAIN
    if _is_async(handler):
        raise TypeError(f"what is async waits, and does not compute: {handler!r} is not cpu_bound")
    _require_sendable(handler)
    return Kind.CPU_BOUND


async def call_handler(handler: Handler, ctx: Context, payload: dict[str, Any]) -> None:
    """Call the handler, and come back when its work is over."""
    work = handler(ctx, payload)
    if isawaitable(work):
        await work


def _is_async(handler: Any) -> bool:
    while isinstance(handler, partial):
        handler = handler.func
    return iscoroutinefunction(handler) or iscoroutinefunction(type(handler).__call__)


def _require_sendable(handler: Any) -> None:
    """A function is sent by its name, anything else by its parts."""
    name = getattr(handler, "__qualname__", None)
    try:
        if name is None:
            pickle.dumps(handler)
        elif "<" in name:
            raise TypeError("it has no name there")
        elif getattr(handler, "__module__", None) == "__main__" and not _can_import_main():
            raise TypeError("the program that runs here cannot be imported")
        # Whether the name leads to it is not asked: while a decorator runs, it does not yet.
    except Exception as error:
        raise TypeError(
            "a cpu_bound handler runs in another process, which finds it by its name in a module: "
            f"write it with def, at the top of a file of its own; {handler!r}: {error}"
        ) from error


def _can_import_main() -> bool:
    """Whether another process can import the file that was started; a folder's it does not."""
    main = sys.modules["__main__"]
    if main.__spec__ is not None:
        return main.__spec__.name.rpartition(".")[2] != "__main__"
    return hasattr(main, "__file__")
