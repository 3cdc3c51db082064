"""What tests of tasks have in common: handlers that can be held, storages that let others go on."""

import asyncio


class Gate:
    """A handler that begins, and goes on when it is let."""

    def __init__(self):
        self.begun = asyncio.Semaphore(0)
        self.open = asyncio.Event()

    async def __call__(self, ctx, payload):
        self.begun.release()
        await self.open.wait()


class Elsewhere:
    """A storage in another house: while somebody asks it, others go on."""

    def __init__(self, storage):
        self._storage = storage

    def __getattr__(self, name):
        method = getattr(self._storage, name)

        async def called(*values):
            await asyncio.sleep(0)
            answer = await method(*values)
            await asyncio.sleep(0)
            return answer

        return called


async def is_waiting(task):
    """Whether a task does not end, however long one waits."""
    done, _ = await asyncio.wait([task], timeout=3_600)
    return not done
