"""What can go wrong, each with a name to catch it by."""


class PyQueueError(Exception):
    """What every error of PyQueue's own is: catch this to catch them all."""


class ContextEnded(PyQueueError):
    """The work may not go on; which of the two it was, and `__cause__`, say why."""


class Cancelled(ContextEnded):
    """Somebody did not want the work any more."""


class DeadlineExceeded(ContextEnded):
    """The work's time was up."""


class HandlerAlreadyRegistered(PyQueueError):
    """A type of job was to get a second handler."""


class HandlerError(PyQueueError):
    """A job's handler failed; `__cause__` is what the handler raised."""


class HandlerNotFound(PyQueueError):
    """No handler is registered for the type of job that was asked for."""


class InvalidPayload(PyQueueError):
    """A payload holds something that cannot be kept; the message says where."""


class InvalidTransition(PyQueueError):
    """A job was told to take a way that its state machine does not have."""


class JobNotFinished(PyQueueError):
    """Somebody waited for a job's end, and this queue will not bring it there."""


class JobNotFound(PyQueueError):
    """No job is saved under the id that was asked for."""


class QueueFull(PyQueueError):
    """As many jobs wait for a worker as may."""


class QueueStopped(PyQueueError):
    """The queue was stopped, and takes no more jobs."""
