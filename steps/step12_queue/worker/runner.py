"""Where handlers run: in the event loop, in threads, in processes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from contextvars import copy_context
from inspect import isawaitable
from typing import Any, TypeVar

from ..entity.context import Context
from ..entity.handler import Handler, Kind, call_handler
from ..handler.registry import Entry
from .processes import Processes

_T = TypeVar("_T")


class Runner:
    """Runs handlers such that none holds up the event loop, and waits for each to end.

    A plain handler cannot be cancelled, wherever it runs. It hears of the end by its context, and
    is waited for.
    """

    def __init__(self, thread_count: int) -> None:
        """Use up to so many threads, and up to as many processes as there are processors."""
        self._thread_count = thread_count
        # Made when the first handler needs them.
        self._threads: ThreadPoolExecutor | None = None
        self._processes: Processes | None = None

    async def run(self, entry: Entry, ctx: Context, payload: dict[str, Any]) -> None:
        """Have the handler do its work; raises what it raises.

        For what asks Python to end it is RuntimeError: nobody here would hear.
        """
        if entry.kind is Kind.ASYNC:
            await self._in_loop(entry.handler, ctx, payload)
        elif entry.kind is Kind.PLAIN:
            await self._in_thread(entry.handler, ctx, payload)
        else:
            await self._in_process(entry.handler, payload)

    def tell_end(self) -> None:
        """Let those hear of the end whom no context of this process reaches."""
        if self._processes is not None:
            self._processes.tell_end()

    async def close(self) -> None:
        """Give threads and processes back. No handler may be at work any more."""
        if self._threads is not None:
            self._threads.shutdown(wait=False)
        if self._processes is not None:
            await asyncio.to_thread(self._processes.close)

    async def _in_loop(self, handler: Handler, ctx: Context, payload: dict[str, Any]) -> None:
        try:
            await call_handler(handler, ctx, payload)
        except (Exception, asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as error:
            raise _failure(error) from error

    async def _in_thread(self, handler: Handler, ctx: Context, payload: dict[str, Any]) -> None:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._thread_count, "pyqueue")
        # Its own context, which ends also when only this task is cancelled, and not the pool.
        ctx, cancel = ctx.with_cancel()
        loop, variables = asyncio.get_running_loop(), copy_context()
        work = loop.run_in_executor(self._threads, variables.run, _outcome, handler, ctx, payload)
        answer, error = await _to_its_end(work, cancel)
        cancel()
        if error is not None:
            raise _failure(error)
        # A plain function may have given something to be awaited, as a lambda does.
        if isawaitable(answer):
            await answer

    async def _in_process(self, handler: Handler, payload: dict[str, Any]) -> None:
        if self._processes is None:
            self._processes = Processes()
        work = self._processes.start(handler, payload)
        try:
            error = await _to_its_end(work, self._processes.tell_end)
        except BrokenExecutor as broken:
            raise RuntimeError("the process in which the handler ran has died") from broken
        if error is not None:
            raise _failure(error)


async def _to_its_end(work: asyncio.Future[_T], tell: Callable[[], object]) -> _T:
    """The result of work that cannot be cancelled; if this task is, the work is told to end."""
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            tell()
    return work.result()


def _failure(error: BaseException) -> Exception:
    if isinstance(error, Exception):
        return error
    return RuntimeError(f"the handler asked Python to end: {error!r}")


def _outcome(
    handler: Handler, ctx: Context, payload: dict[str, Any]
) -> tuple[Any, BaseException | None]:
    """What a handler returns and what it raises. A future would not take every error there is."""
    try:
        return handler(ctx, payload), None
    except BaseException as error:
        return None, error
