"""How long work may go on: until somebody cancels it, or until its time is up.

The idea and the names are those of Go's package `context`.
"""

from datetime import datetime
from math import isnan
from threading import Event, RLock
from typing import Any, Protocol
from weakref import WeakSet

from .clock import Clock, SystemClock, require_aware
from .errors import Cancelled, ContextEnded, DeadlineExceeded

_TOO_LATE = "the deadline has passed"


class CancelFunc(Protocol):
    """Ends a context and its children. Only the first call counts.

    Raises TypeError, and ends nothing, if the cause is no exception.
    """

    def __call__(self, cause: BaseException | None = None) -> None: ...


def background(clock: Clock | None = None) -> "Context":
    """The context that all others come from. It never ends."""
    return Context(clock or SystemClock())


class Context:
    """Handed down from whoever wants work done to whoever does it, so that it can be ended.

    A context ends once, and stays ended. Its children end with it, and never the other way; those
    that nobody uses any more, it does not keep. It cannot be ended by those it is handed to: that
    takes the function that `with_cancel` and its like return beside it. All of it may be used from
    any thread.
    """

    def __init__(self, clock: Clock, parent: "Context | None" = None) -> None:
        """A context without an end of its own; `background` and the methods below make them."""
        self.clock = clock
        # Whom to ask for values that are not here.
        self._parent = parent
        self._values: dict[object, Any] = {}
        # When it ends by itself, on the monotonic clock; never later than its parent.
        self._deadline: float | None = None
        # One for the whole family: nobody is born or ends while somebody else does.
        self._lock = RLock()
        # Those that end with this one. It does not keep them: whom nobody uses need not be told.
        self._children: WeakSet[Context] = WeakSet()
        # Set once `_err` is: what `wait` waits for.
        self._ended = Event()
        # Why it has ended: None until then, and the same ever after. So is the cause.
        self._err: ContextEnded | None = None
        self._cause: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether the context has ended."""
        return self.err is not None

    @property
    def err(self) -> ContextEnded | None:
        """None until the context has ended; then Cancelled or DeadlineExceeded, for ever."""
        # Most are asked often and never end. One without a deadline does not end by itself.
        if self._err is None and self._deadline is None:
            return None
        with self._lock:
            if self._err is None and self.remaining == 0:
                self._end(DeadlineExceeded(_TOO_LATE), None)
            return self._err

    @property
    def cause(self) -> BaseException | None:
        """Why, in the words of whoever cancelled it; if they gave none, or nobody did, `err`."""
        err = self.err
        return err if self._cause is None else self._cause

    @property
    def remaining(self) -> float | None:
        """Seconds until the deadline, 0 once it has passed; None if there is no deadline."""
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - self.clock.monotonic())

    def raise_if_done(self) -> None:
        """Raises Cancelled or DeadlineExceeded, from the cause, once the context has ended."""
        if (err := self.err) is not None:
            raise type(err)(*err.args) from self._cause

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the context ends if that is sooner; whether it has ended."""
        until = self.clock.monotonic() + seconds
        while not self.done and (left := until - self.clock.monotonic()) > 0:
            remaining = self.remaining
            self.clock.wait(self._ended, left if remaining is None else min(left, remaining))
        return self.done

    def value(self, key: object) -> Any:
        """What `with_value` put under the key, here or nearest above; None if nobody did."""
        context: Context | None = self
        while context is not None:
            if key in context._values:
                return context._values[key]
            context = context._parent
        return None

    def with_value(self, key: object, value: Any) -> "Context":
        """A child that also knows this value."""
        child = self._child()
        child._values[key] = value
        return child

    def with_cancel(self) -> tuple["Context", CancelFunc]:
        """A child, and the function that ends it. Call it when the work is over, too."""
        child = self._child()
        return child, child._cancel

    def with_timeout(self, seconds: float) -> tuple["Context", CancelFunc]:
        """As `with_cancel`, and it ends by itself after so many seconds, if not sooner."""
        if isnan(seconds):
            raise ValueError("a time-out is a number of seconds, not nan")
        child = self._child(self.clock.monotonic() + seconds)
        return child, child._cancel

    def with_deadline(self, moment: datetime) -> tuple["Context", CancelFunc]:
        """As `with_timeout`, for a time of day, which must be aware.

        How far away it is, is asked now: setting the clock later moves no deadline.
        """
        require_aware(moment)
        return self.with_timeout((moment - self.clock.now()).total_seconds())

    def without_cancel(self) -> "Context":
        """A context with the same values that does not end with this one.

        For what must still be done when the work was cancelled, such as writing that down.
        """
        return Context(self.clock, self)

    def _child(self, deadline: float | None = None) -> "Context":
        child = Context(self.clock, self)
        child._lock = self._lock
        child._deadline = _earlier(self._deadline, deadline)
        with self._lock:
            if (err := self.err) is None:
                self._children.add(child)
            else:
                child._end(err, self._cause)
        return child

    def _cancel(self, cause: BaseException | None = None) -> None:
        if not isinstance(cause, BaseException | None):
            raise TypeError(f"a cause is an exception, such as TimeoutError(), not {cause!r}")
        with self._lock:
            # Whichever came first stays: to ask for `err` lets a deadline that has passed be it.
            if self.err is None:
                self._end(Cancelled("the context was cancelled"), cause)

    def _end(self, err: ContextEnded, cause: BaseException | None) -> None:
        # A loop: a family may have more generations than Python has room for calls.
        family = [self]
        for context in family:
            is_late = context is not self and context.remaining == 0
            context._err = DeadlineExceeded(_TOO_LATE) if is_late else err
            context._cause = None if is_late else cause
            context._ended.set()
            family.extend(child for child in context._children if child._err is None)


def require_context(ctx: Context) -> None:
    """Raises TypeError for what is no context, such as a payload given in its place."""
    if not isinstance(ctx, Context):
        raise TypeError(f"the context comes first, such as background(), not {ctx!r}")


def _earlier(one: float | None, other: float | None) -> float | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
