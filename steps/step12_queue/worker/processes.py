"""Other processes, in which handlers compute without keeping this one from anything."""

import asyncio
import multiprocessing
import pickle
import signal
import traceback
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from ..entity.context import background
from ..entity.errors import QueueStopped
from ..entity.failure import failure_text
from ..entity.handler import Handler


class Processes:
    """As many processes as there are processors, each started when it is needed.

    They are spawned, on every system: none begins with a copy of this one's threads and locks.
    """

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        # Closed when handlers are to hear of the end; they also do if this process dies. (An event
        # shared by processes would wait for those that have died.)
        self._listener, self._line = self._context.Pipe(duplex=False)
        self._executor = self._new_executor()

    def start(self, handler: Handler, payload: dict[str, Any]) -> asyncio.Future[Any]:
        """Have a handler called; the result is what it raised, or None.

        If its process dies, all that were at work fail with BrokenExecutor, and for what is started
        afterwards there are new ones.
        """
        loop = asyncio.get_running_loop()
        try:
            return loop.run_in_executor(self._executor, _work, handler, payload)
        except BrokenExecutor:
            self._executor.shutdown(wait=False)
            self._executor = self._new_executor()
            return loop.run_in_executor(self._executor, _work, handler, payload)

    def tell_end(self) -> None:
        """Let the handlers hear of the end by their context."""
        self._line.close()

    def close(self) -> None:
        """Wait for the processes to end. No handler may be at work any more."""
        self._executor.shutdown()
        self._line.close()
        self._listener.close()

    def _new_executor(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            mp_context=self._context, initializer=_begin, initargs=(self._listener,)
        )


# What follows happens in the other process.

# What handlers get there.
_ctx, _cancel = background().with_cancel()


def _begin(listener: Connection) -> None:
    # Ctrl-C reaches all processes of a terminal. When to stop is for the first one to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_listen, args=(listener,), daemon=True).start()


def _listen(listener: Connection) -> None:
    with suppress(EOFError, OSError):
        listener.recv()
    _cancel(QueueStopped("the queue was stopped"))


def _work(handler: Handler, payload: dict[str, Any]) -> BaseException | None:
    try:
        handler(_ctx, payload)
    except BaseException as error:
        return _sendable(error)
    return None


def _sendable(error: BaseException) -> BaseException:
    """An error that survives the way home, and says where it happened."""
    where = traceback.format_exc()
    try:
        error = pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(failure_text(error))
    error.add_note(f"in another process:\n{where}")
    return error
