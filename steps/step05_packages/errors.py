"""What can go wrong, each with a name to catch it by."""


class PyQueueError(Exception):
    """What every error of PyQueue's own is: catch this to catch them all."""


class HandlerError(PyQueueError):
    """A job's handler failed; `__cause__` is what the handler raised."""


class JobNotFound(PyQueueError):
    """No job is saved under the id that was asked for."""
