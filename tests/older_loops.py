"""The promises of steps 1 to 10 call a storage and a processor, and have their answer.

From step 11 on they are awaited, and no context is handed to a storage. Here they are called as
before, so that the old promises can be tried word for word.
"""

import asyncio
from collections.abc import Coroutine
from functools import wraps
from typing import Any

# From this step on, what may wait is awaited.
FIRST_WITH_A_LOOP = 11


def called_without_await(package: Any, number: int) -> Any:
    """A package of any step, whose storage and processor are called and not awaited."""
    return CalledWithoutAwait(package) if number >= FIRST_WITH_A_LOOP else package


class CalledWithoutAwait:
    """A package of step 11 or later; what has to be awaited is replaced."""

    def __init__(self, package: Any) -> None:
        self._package = package

    def __getattr__(self, name: str) -> Any:
        return getattr(self._package, name)

    @property
    def MemoryStorage(self) -> Any:  # noqa: N802 (it stands for the class)
        kind = self._package.MemoryStorage
        return wraps(kind)(lambda: StorageWithoutAwait(kind()))

    @property
    def JobProcessor(self) -> Any:  # noqa: N802
        kind = self._package.JobProcessor
        # It was told by whom retries are to be delayed; that is the pool's affair now.
        return wraps(kind)(lambda storage, *random: ProcessorWithoutAwait(kind, storage))


class StorageWithoutAwait:
    """A storage that is called with a context, and answers at once."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._storage, name)
        return wraps(method)(lambda ctx, *values: answer(method(*values)))


class ProcessorWithoutAwait:
    """A processor that is called, on a storage that is called."""

    def __init__(self, kind: Any, storage: Any) -> None:
        self._storage = AwaitedStorage(storage)
        self._processor = kind(self._storage)

    def process_job(self, ctx: Any, job: Any, handler: Any) -> Any:
        # As step 10 did: what has happened is saved, also when the work was cancelled.
        self._storage.ctx = getattr(ctx, "without_cancel", lambda: ctx)()
        return answer(self._processor.process_job(ctx, job, handler))


class AwaitedStorage:
    """The storage of an old promise, as a processor of step 11 calls it."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self.ctx: Any = None

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._storage, name)

        @wraps(method)
        async def called(*values: Any) -> Any:
            return method(self.ctx, *values)

        return called


def answer(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns; from inside another one, too, if it waits for nothing."""
    if asyncio._get_running_loop() is None:
        return asyncio.run(coroutine)
    try:
        # A bare None lets others get on, as `sleep(0)` does; there are none.
        for _ in range(1_000):
            if coroutine.send(None) is not None:
                break
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise AssertionError("inside a handler of steps 1 to 10, nothing can be waited for")
