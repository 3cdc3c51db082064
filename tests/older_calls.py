"""The promises of earlier steps, tried on later ones word for word.

They say `pyqueue.process(job, handler)` and `queue.submit_job("email", payload)`. The work has
stayed the same while the calls have changed; this is the one place that knows how.
"""

from datetime import UTC, datetime
from functools import cached_property, partial, wraps
from time import monotonic
from typing import Any

from tests.older_jobs import with_live_jobs

# From this step on, what functions of the module did is done by methods.
FIRST_WITH_METHODS = 7
# From this step on, a context comes first.
FIRST_WITH_CONTEXT = 9


def called_as_functions(package: Any, number: int) -> Any:
    """A package of any step, as the promises of steps 2 to 6 call it."""
    package = called_without_context(package, number)
    return CalledAsFunctions(package) if number >= FIRST_WITH_METHODS else package


def called_without_context(package: Any, number: int) -> Any:
    """A package of any step, as the promises of steps 7 and 8 call it."""
    package = with_live_jobs(package, number)
    return CalledWithoutContext(package) if number >= FIRST_WITH_CONTEXT else package


def emails_without_context(emails: Any, package: Any, number: int) -> Any:
    """The shop's emails in a package of any step, as step 2 calls them."""
    is_as_it_was = number < FIRST_WITH_CONTEXT
    return (
        emails if is_as_it_was else EmailsWithoutContext(emails, package.background(HurriedClock()))
    )


class Wrapped:
    """Something of a later step; what an earlier one would call otherwise is in subclasses."""

    def __init__(self, inner: Any, ctx: Any = None) -> None:
        self._inner = inner
        self._ctx = ctx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class CalledAsFunctions(Wrapped):
    """A package of step 7 or later that has the functions of step 6 as well."""

    @cached_property
    def _storage(self) -> Any:
        return self._inner.MemoryStorage()

    def process(self, job: Any, handler: Any) -> None:
        self._inner.JobProcessor(self._storage).process_job(job, handler)

    def save_job(self, job: Any) -> None:
        self._storage.save_job(job)

    def get_job(self, job_id: str) -> Any:
        return self._storage.get_job(job_id)


class CalledWithoutContext(Wrapped):
    """A package of step 9 or later whose methods take no context, and whose handlers neither."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner, inner.background(HurriedClock()))

    @property
    def MemoryStorage(self) -> Any:  # noqa: N802 (it stands for the class)
        kind = self._inner.MemoryStorage
        return wraps(kind)(lambda: StorageWithoutContext(kind(), self._ctx))

    @property
    def Registry(self) -> Any:  # noqa: N802
        kind = self._inner.Registry
        return wraps(kind)(lambda: RegistryWithoutContext(kind()))

    @property
    def JobProcessor(self) -> Any:  # noqa: N802
        kind = self._inner.JobProcessor
        return wraps(kind)(
            lambda storage: ProcessorWithoutContext(kind(with_context(storage)), self._ctx)
        )

    @property
    def Queue(self) -> Any:  # noqa: N802
        kind = self._inner.Queue
        return wraps(kind)(
            lambda storage=None: QueueWithoutContext(kind(with_context(storage)), self._ctx)
        )


class HurriedClock:
    """Where the old promises never waited, nobody waits for real, whatever the new code does."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic() + self._skipped

    def wait(self, event: Any, seconds: float) -> None:
        if not event.is_set():
            self._skipped += seconds


class StorageWithoutContext(Wrapped):
    def save_job(self, job: Any) -> None:
        self._inner.save_job(self._ctx, job)

    def get_job(self, job_id: str) -> Any:
        return self._inner.get_job(self._ctx, job_id)


class ProcessorWithoutContext(Wrapped):
    def process_job(self, job: Any, handler: Any) -> None:
        self._inner.process_job(self._ctx, job, taking_context(handler))


class RegistryWithoutContext(Wrapped):
    def register_handler(self, job_type: Any, handler: Any) -> None:
        self._inner.register_handler(job_type, taking_context(handler))

    def get_handler(self, job_type: str) -> Any:
        handler = self._inner.get_handler(job_type)
        return getattr(handler, "__wrapped__", handler)


class QueueWithoutContext(RegistryWithoutContext):
    def handler(self, job_type: Any) -> Any:
        register = self._inner.handler(job_type)

        def decorate(handler: Any) -> Any:
            taking = taking_context(handler)
            given_back = register(taking)
            return handler if given_back is taking else given_back

        return decorate

    def submit_job(self, job_type: str, payload: Any) -> Any:
        return self._inner.submit_job(self._ctx, job_type, payload)

    def get_job(self, job_id: str) -> Any:
        return self._inner.get_job(self._ctx, job_id)


class EmailsWithoutContext(Wrapped):
    def send_email(self, payload: Any) -> None:
        self._inner.send_email(self._ctx, payload)

    def email_handler(self, sender: str) -> Any:
        return partial(self._inner.email_handler(sender), self._ctx)

    def email_handlers(self, senders: Any) -> Any:
        handlers = self._inner.email_handlers(senders)
        return {sender: partial(handler, self._ctx) for sender, handler in handlers.items()}


def with_context(storage: Any) -> Any:
    """A storage of a test, as a processor of step 9 calls it."""
    if storage is None:
        return None
    return storage._inner if isinstance(storage, StorageWithoutContext) else GivenContext(storage)


class GivenContext(Wrapped):
    def save_job(self, ctx: Any, job: Any) -> None:
        self._inner.save_job(job)

    def get_job(self, ctx: Any, job_id: str) -> Any:
        return self._inner.get_job(job_id)

    def __len__(self) -> int:
        return len(self._inner)


def taking_context(handler: Any) -> Any:
    """A handler of a test, as step 9 calls it; what is no handler stays none."""
    if not callable(handler):
        return handler

    @wraps(handler)
    def taking(ctx: Any, payload: Any) -> None:
        handler(payload)

    return taking
